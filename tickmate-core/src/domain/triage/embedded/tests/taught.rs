//! What is read after tickets were settled.

use super::{Lesson, Reader, ids, lexicon};
use crate::domain::{
    options::{FieldOption, Options},
    priority::Priority,
    triage::TriageRules,
};

/// What a made-up shop for bicycles settled.
fn lessons() -> Vec<Lesson> {
    let mut lessons: Vec<Lesson> = Vec::new();
    for (matter, labels) in [
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
        for (title, description) in matter {
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
fn what_was_settled_decides() {
    let fresh = shop();
    let taught = shop().taught(&lessons());
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
        let analysis = taught.read(title, description);
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
        let told = format!("Skill by settled tickets: {skill}.");
        assert!(analysis.notes.contains(&told), "{}", analysis.notes);
        let before = fresh.read(title, description);
        assert!(analysis.confidence["category"] > before.confidence["category"]);
    }
}

#[test]
fn a_learned_skill_that_nobody_knows_is_a_suggestion() {
    let analysis = shop()
        .taught(&lessons())
        .read("Stolen", "The lock was cut, a claim for the policy.");
    assert_eq!(analysis.category.as_deref(), Some("Insurance"));
    assert_eq!(analysis.suggested_skills, ["Policies"]);
    assert!(!analysis.skills.iter().any(|skill| skill.name == "Policies"));
}

#[test]
fn what_was_learned_is_urgent_to_nobody() {
    let taught = shop().taught(&lessons());
    let analysis = taught.read("Theft", "A thief cut the lock, the policy pays my claim.");
    assert_eq!(analysis.priority, Some(Priority::High));
    assert!(
        analysis.confidence["priority"] > 0.5,
        "{:?}",
        analysis.confidence
    );
    let told = "Priority: high, by settled tickets.";
    assert!(analysis.notes.contains(told), "{}", analysis.notes);
}

#[test]
fn facts_count_before_what_was_learned() {
    let taught = shop().taught(&lessons());
    let matter = "Which leather saddle fits, do you sell green grips?";
    let low = taught.read("Saddle", matter);
    assert_eq!(low.priority, Some(Priority::Low));
    let due = taught.read("Saddle", &format!("{matter} The offer is due tomorrow."));
    assert_eq!(due.priority, Some(Priority::High));
    assert!(due.notes.contains("due tomorrow"), "{}", due.notes);
    let many = taught.read("Saddle", &format!("{matter} 300 customers cannot work."));
    assert_eq!(many.priority, Some(Priority::High));
}

#[test]
fn a_named_skill_stays_beside_the_learned_one() {
    let taught = shop().taught(&lessons());
    let analysis = taught.read(
        "PostgreSQL",
        "The chain jumps and the gears slip, says the PostgreSQL report.",
    );
    let learned = taught.staff[0].id.as_str();
    assert_eq!(ids(&analysis), [learned, "postgresql"]);
    assert!(
        analysis.notes.contains("Skills named: PostgreSQL."),
        "{}",
        analysis.notes
    );
}
