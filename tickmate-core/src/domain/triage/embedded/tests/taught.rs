//! Tests of the analysis after settled tickets were learned.

use super::{Lesson, Reader, ids, lexicon};
use crate::domain::{
    options::{FieldOption, Options},
    priority::Priority,
    triage::TriageRules,
};

/// Returns the settled tickets of a fictional bicycle shop.
fn lessons() -> Vec<Lesson> {
    let mut lessons: Vec<Lesson> = Vec::new();
    for (text, labels) in [
        (
            [
                (
                    "Gears slip",
                    "The gears slip when I climb, the derailleur rattles.",
                ),
                (
                    "Derailleur bent",
                    "The derailleur is bent and the chain jumps.",
                ),
                (
                    "Chain jumps",
                    "The chain jumps off the sprocket under load.",
                ),
                ("Sprocket worn", "The sprocket is worn, gears slip."),
                (
                    "Noisy gears",
                    "Gears rattle, the derailleur needs an adjustment.",
                ),
                (
                    "Chain broke",
                    "My chain broke on the hill, the sprocket is bent.",
                ),
            ],
            [
                Some("Workshop"),
                Some("high"),
                Some("repair"),
                Some("Drivetrain"),
            ],
        ),
        (
            [
                ("Saddle color", "Is the saddle sold in green leather?"),
                ("Leather saddle", "Which leather saddle fits a tall rider?"),
                (
                    "Saddle catalog",
                    "Please send the catalog of saddles and grips.",
                ),
                ("Grips in cork", "Do you sell grips in cork or leather?"),
                ("Bell and grips", "Which bell fits the cork grips?"),
                ("Green bell", "Is there a bell in green, and a saddle too?"),
            ],
            [
                Some("Shop"),
                Some("low"),
                Some("advice"),
                Some("Accessories"),
            ],
        ),
        (
            [
                (
                    "Stolen from the rack",
                    "The bicycle was stolen, the policy covers theft.",
                ),
                (
                    "Theft report",
                    "A thief cut the lock, I file a claim with the policy.",
                ),
                (
                    "Claim for theft",
                    "My claim about the stolen bicycle, the lock was cut.",
                ),
                (
                    "Policy number",
                    "The policy for theft, where do I file the claim?",
                ),
                (
                    "Lock cut",
                    "The lock was cut and the wheel stolen, a claim.",
                ),
                (
                    "Insurance claim",
                    "The policy should pay for the stolen wheel.",
                ),
            ],
            [
                Some("Insurance"),
                Some("urgent"),
                Some("claim"),
                Some("Policies"),
            ],
        ),
    ] {
        for (title, description) in text {
            lessons.push((title, description, labels));
        }
    }
    lessons.extend_from_within(..);
    lessons
}

fn shop() -> Reader {
    let choice = |name: &&str| FieldOption {
        name: (*name).to_owned(),
        description: String::new(),
    };
    let rules = TriageRules {
        categories: ["Workshop", "Shop", "Insurance"]
            .iter()
            .map(choice)
            .collect(),
        types: ["repair", "advice", "claim"].iter().map(choice).collect(),
        ..TriageRules::default()
    };
    let staff = ["Drivetrain", "Accessories"];
    let options = Options {
        skills: staff.iter().map(choice).collect(),
        ..rules.options(lexicon())
    };
    Reader::of(&options).with_staff(&staff)
}

#[test]
fn learned_values_decide() {
    let untrained = shop();
    let trained = shop().trained_with(&lessons());
    for (title, description, category, kind, skill) in [
        (
            "Gears",
            "They slip and the chain jumps since Monday.",
            "Workshop",
            "repair",
            "Drivetrain",
        ),
        (
            "Which saddle?",
            "A green leather saddle, with grips.",
            "Shop",
            "advice",
            "Accessories",
        ),
    ] {
        let analysis = trained.read(title, description);
        assert_eq!(analysis.category.as_deref(), Some(category), "{title}");
        assert_eq!(analysis.kind.as_deref(), Some(kind), "{title}");
        let names: Vec<&str> = analysis
            .skills
            .iter()
            .map(|one| one.name.as_str())
            .collect();
        assert_eq!(
            names.first(),
            Some(&skill),
            "{title}: {:?}",
            analysis.confidence
        );
        assert!(analysis.confidence["relatedSkills"] >= 0.5);
        let expected_note = format!("Skill by settled tickets: {skill}.");
        assert!(
            analysis.notes.contains(&expected_note),
            "{}",
            analysis.notes
        );
        let before = untrained.read(title, description);
        assert!(analysis.confidence["category"] > before.confidence["category"]);
    }
}

#[test]
fn a_learned_skill_that_the_desk_does_not_know_is_a_suggestion() {
    let analysis = shop()
        .trained_with(&lessons())
        .read("Stolen", "The lock was cut, a claim for the policy.");
    assert_eq!(analysis.category.as_deref(), Some("Insurance"));
    assert_eq!(analysis.suggested_skills, ["Policies"]);
    assert!(!analysis.skills.iter().any(|skill| skill.name == "Policies"));
}

#[test]
fn learned_priorities_never_become_urgent() {
    let trained = shop().trained_with(&lessons());
    let analysis = trained.read("Theft", "A thief cut the lock, the policy pays my claim.");
    assert_eq!(analysis.priority, Some(Priority::High));
    assert!(
        analysis.confidence["priority"] > 0.5,
        "{:?}",
        analysis.confidence
    );
    let expected_note = "Priority: high, by settled tickets.";
    assert!(analysis.notes.contains(expected_note), "{}", analysis.notes);
}

#[test]
fn facts_take_precedence_over_learned_values() {
    let trained = shop().trained_with(&lessons());
    let text = "Which leather saddle fits, do you sell green grips?";
    let low = trained.read("Saddle", text);
    assert_eq!(low.priority, Some(Priority::Low));
    let due = trained.read("Saddle", &format!("{text} The offer is due tomorrow."));
    assert_eq!(due.priority, Some(Priority::High));
    assert!(due.notes.contains("due tomorrow"), "{}", due.notes);
    let many = trained.read("Saddle", &format!("{text} 300 customers cannot work."));
    assert_eq!(many.priority, Some(Priority::High));
}

#[test]
fn a_named_skill_follows_the_learned_one() {
    let trained = shop().trained_with(&lessons());
    let analysis = trained.read(
        "PostgreSQL",
        "The chain jumps and the gears slip, says the PostgreSQL report.",
    );
    let learned = trained.staff[0].id.as_str();
    assert_eq!(ids(&analysis), [learned, "postgresql"]);
    assert!(
        analysis.notes.contains("Skills named: PostgreSQL."),
        "{}",
        analysis.notes
    );
}
