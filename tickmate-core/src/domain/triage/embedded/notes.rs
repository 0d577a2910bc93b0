//! Notes: the reasons of an analysis, and the answers to similar tickets.

use std::fmt::Write as _;

use super::{Similar, choose::NeededSkills, mask::mask};
use crate::domain::{
    analysis::{MAX_NOTES, MAX_SUMMARY},
    lexical::mentions::Mention,
    priority::Priority,
    skill::Skill,
    triage::{
        plain::{neutral, neutral_line, truncate},
        redact::redact,
        skills::is_named,
    },
};

/// The maximum number of similar tickets in the notes.
const MAX_SIMILAR: usize = 3;
/// The maximum lengths of the title and the answer of a similar ticket, in characters.
const MAX_TITLE: usize = 80;
const MAX_ANSWER: usize = 300;
/// The maximum length of an answer that becomes a step, in characters.
const MAX_STEP: usize = 100;
/// The maximum length of a word in a reason, in characters.
const MAX_REASON: usize = 40;

/// The content of the notes.
pub(super) struct NoteFacts<'a> {
    /// The skills that the text names, that were learned, and that belong to the category.
    pub(super) named: Vec<&'a Skill>,
    pub(super) learned: Vec<&'a Skill>,
    pub(super) general: Vec<&'a Skill>,
    /// The category, with the words that indicate it.
    pub(super) category: Option<(&'a str, Vec<&'a str>)>,
    /// The priority, with the words that indicate it; `None` if settled tickets decided.
    pub(super) priority: (Priority, Option<Vec<&'a str>>),
    pub(super) hint: &'a str,
}

impl<'a> NoteFacts<'a> {
    pub(super) fn of(
        needed: &'a NeededSkills,
        mentions: &[Mention],
        category: Option<(&'a str, Vec<&'a str>)>,
        priority: (Priority, Option<Vec<&'a str>>),
        hint: &'a str,
    ) -> Self {
        let learned = needed.learned.as_ref();
        let is_learned = |skill: &Skill| learned.is_some_and(|one| one.same(skill));
        let named = |skill: &Skill| is_named(mentions, skill);
        Self {
            named: filter_skills(&needed.skills, named),
            learned: filter_skills(&needed.skills, |skill| !named(skill) && is_learned(skill)),
            general: filter_skills(&needed.skills, |skill| !named(skill) && !is_learned(skill)),
            category,
            priority,
            hint,
        }
    }
}

/// The summary of a similar ticket: plain and without personal data.
pub(super) struct SimilarSummary {
    heading: String,
    answer: String,
}

impl SimilarSummary {
    /// Creates a summary. The text is masked before it is truncated: half of a telephone number would not be
    /// recognized.
    fn of(one: &Similar) -> Self {
        let sanitize = |text: &str| mask(&neutral_line(&redact(text), usize::MAX));
        let title = truncate(&sanitize(&one.title), MAX_TITLE);
        let heading = format!("#{} {title}", one.number);
        Self {
            heading: heading.trim_end().to_owned(),
            answer: truncate(
                &sanitize(one.answer.as_deref().unwrap_or_default()),
                MAX_ANSWER,
            ),
        }
    }

    /// Creates summaries of the first few tickets.
    pub(super) fn of_all(similar: &[Similar]) -> Vec<Self> {
        similar.iter().take(MAX_SIMILAR).map(Self::of).collect()
    }
}

/// Returns the notes on an analysis, with the answers to similar tickets.
pub(super) fn notes(facts: &NoteFacts<'_>, similar: &[SimilarSummary]) -> String {
    let mut notes = String::new();
    write_note(&mut notes, "Skills named", &names(&facts.named));
    write_note(
        &mut notes,
        "Skill by settled tickets",
        &names(&facts.learned),
    );
    write_note(&mut notes, "Skill by category", &names(&facts.general));
    if let Some((name, words)) = &facts.category {
        write_note(&mut notes, "Category", &reason(name, words));
    }
    let (priority, words) = &facts.priority;
    let priority = match (priority, words.as_deref()) {
        (other, None) => format!("{}, by settled tickets", other.as_str()),
        (Priority::Medium, Some([])) => "medium; nothing in the text says otherwise".to_owned(),
        (other, Some(words)) => reason(other.as_str(), words),
    };
    write_note(&mut notes, "Priority", &priority);
    notes.push_str(&neutral(facts.hint, MAX_NOTES));
    for SimilarSummary { heading, answer } in similar {
        // Writing to a string never fails.
        let _ = write!(notes, "\nResolved before: {heading}");
        if !answer.is_empty() {
            let _ = write!(notes, ": {answer}");
        }
    }
    truncate(notes.trim(), MAX_NOTES)
}

/// Returns a first step if a similar ticket has a short answer.
pub(super) fn step(similar: &[SimilarSummary]) -> Option<String> {
    let is_short =
        |one: &&SimilarSummary| !one.answer.is_empty() && one.answer.chars().count() <= MAX_STEP;
    let one = similar.iter().find(is_short)?;
    let step = format!("See {}: {}", one.heading, one.answer);
    Some(truncate(&step, MAX_SUMMARY))
}

fn write_note(notes: &mut String, label: &str, text: &str) {
    if !text.is_empty() {
        // Writing to a string never fails.
        let _ = writeln!(notes, "{label}: {text}.");
    }
}

fn names(skills: &[&Skill]) -> String {
    let names: Vec<String> = skills
        .iter()
        .map(|skill| neutral_line(&skill.name, MAX_SUMMARY))
        .collect();
    names.join(", ")
}

fn reason(label: &str, words: &[&str]) -> String {
    let label = neutral_line(label, MAX_SUMMARY);
    let words: Vec<String> = words
        .iter()
        .map(|word| format!("“{}”", neutral_line(word, MAX_REASON)))
        .collect();
    match words.is_empty() {
        true => label,
        false => format!("{label}, because of {}", words.join(", ")),
    }
}

fn filter_skills(skills: &[Skill], is_included: impl Fn(&Skill) -> bool) -> Vec<&Skill> {
    skills.iter().filter(|skill| is_included(skill)).collect()
}
