//! The embedded analyser: reads a ticket by vocabulary and lexicon alone.

use std::fmt::Write as _;

use super::{
    Analysis, MAX_NOTES, MAX_STEPS, MAX_SUMMARY,
    lexicon::Lexicon,
    plain::{neutral, neutral_line},
    skills,
    summary::summarise,
    token::Tokens,
    weigh,
};
use crate::domain::{
    priority::Priority,
    skill::{Skill, Vocabulary},
};

/// How sure a skill is that the title names, that the description names.
const NAMED_IN_TITLE: f64 = 0.9;
const NAMED: f64 = 0.7;

/// Reads a ticket: no model, no network, no state. `staff_skills` are the skills that staff holds, each once; those
/// that the vocabulary does not know are found by their names. Where the ticket names no skill, or none that staff
/// holds, the general skill of its category is added. The time grows with the length of the text alone.
pub fn analyse(
    lexicon: &Lexicon,
    vocabulary: &Vocabulary,
    staff_skills: &[Skill],
    title: &str,
    description: &str,
) -> Analysis {
    let parts = [Tokens::of(title), Tokens::of(description)];
    let mentions = skills::find(lexicon, vocabulary, staff_skills, &parts);
    let category = weigh::category(lexicon, &parts, &mentions);
    let priority = weigh::priority(lexicon, &parts);
    let needed = skills::choose(lexicon, vocabulary, staff_skills, &mentions, category.what);
    let (summary, covered) = summarise(lexicon, &parts);
    let entry = category.what.map(|index| &lexicon.categories()[index]);

    let named_in_title = |skill: &Skill| {
        let same = |one: &skills::Mention| one.skill.same(skill).then_some(one.in_title);
        mentions.iter().find_map(same)
    };
    let sure_of_skills = match needed.first().map(named_in_title) {
        None => 0.0,
        Some(None) => category.confidence,
        Some(Some(true)) => NAMED_IN_TITLE,
        Some(Some(false)) => NAMED,
    };
    let confidence = [
        ("category", category.confidence),
        ("priority", priority.confidence),
        ("relatedSkills", sure_of_skills),
        ("summary", covered),
    ];

    let mut notes = String::new();
    let (named, general): (Vec<&Skill>, Vec<&Skill>) = needed
        .iter()
        .partition(|skill| named_in_title(skill).is_some());
    note(&mut notes, "Skills named", &names(&named));
    note(&mut notes, "Skill by category", &names(&general));
    if let Some(entry) = entry {
        note(
            &mut notes,
            "Category",
            &reason(&entry.name, &category.because),
        );
    }
    let word = match (priority.what, priority.because.is_empty()) {
        (Priority::Medium, true) => "medium; nothing in the text says otherwise".to_owned(),
        (other, _) => reason(other.as_str(), &priority.because),
    };
    note(&mut notes, "Priority", &word);
    if let Some(hint) = entry.map(|entry| entry.hint.trim()) {
        notes.push_str(hint);
    }

    let steps = entry.map_or(&[][..], |entry| &entry.first_steps);
    Analysis {
        summary,
        category: entry.map(|entry| entry.name.clone()),
        priority: Some(priority.what),
        skills: needed,
        suggested_skills: Vec::new(),
        notes: neutral(&notes, MAX_NOTES),
        first_steps: steps
            .iter()
            .map(|step| neutral_line(step, MAX_SUMMARY))
            .filter(|step| !step.is_empty())
            .take(MAX_STEPS)
            .collect(),
        confidence: confidence
            .into_iter()
            .map(|(field, sure)| (field.to_owned(), sure))
            .collect(),
        ..Analysis::default()
    }
}

fn note(notes: &mut String, what: &str, text: &str) {
    if !text.is_empty() {
        // Writing to a string never fails.
        let _ = writeln!(notes, "{what}: {text}.");
    }
}

fn names(skills: &[&Skill]) -> String {
    let names: Vec<&str> = skills.iter().map(|skill| skill.name.as_str()).collect();
    names.join(", ")
}

fn reason(what: &str, because: &[&str]) -> String {
    let words: Vec<String> = because
        .iter()
        .map(|word| format!("“{}”", neutral_line(word, 40)))
        .collect();
    match words.is_empty() {
        true => what.to_owned(),
        false => format!("{what}, because of {}", words.join(", ")),
    }
}
