//! Notes: why the analyzer says what it says, and what was done about tickets like this one.

use std::fmt::Write as _;

use super::{Similar, choose::Needed, mask::masked};
use crate::domain::{
    analysis::{MAX_NOTES, MAX_SUMMARY},
    lexical::mentions::Mention,
    priority::Priority,
    skill::Skill,
    triage::{
        plain::{neutral, neutral_line, shortened},
        redact::redacted,
        skills::is_named,
    },
};

/// How many similar tickets are told of.
const MAX_SIMILAR: usize = 3;
/// The most characters of a similar ticket's title, and of its answer.
const MAX_TITLE: usize = 80;
const MAX_ANSWER: usize = 300;
/// The most characters of an answer that is a step itself.
const MAX_STEP: usize = 100;
/// The most characters of a word that is given as a reason.
const MAX_REASON: usize = 40;

/// What the notes state about an analysis.
pub(super) struct NoteFacts<'a> {
    /// The skills that the text names, that were learned, and that the category needs.
    pub(super) named: Vec<&'a Skill>,
    pub(super) learned: Vec<&'a Skill>,
    pub(super) general: Vec<&'a Skill>,
    /// With the words that speak for it.
    pub(super) category: Option<(&'a str, Vec<&'a str>)>,
    /// With the words that speak for it; no words at all where settled tickets decided.
    pub(super) priority: (Priority, Option<Vec<&'a str>>),
    pub(super) hint: &'a str,
}

impl<'a> NoteFacts<'a> {
    pub(super) fn of(
        needed: &'a Needed,
        mentions: &[Mention],
        category: Option<(&'a str, Vec<&'a str>)>,
        priority: (Priority, Option<Vec<&'a str>>),
        hint: &'a str,
    ) -> Self {
        let learned = needed.learned.as_ref();
        let is_learned = |skill: &Skill| learned.is_some_and(|one| one.same(skill));
        let named = |skill: &Skill| is_named(mentions, skill);
        Self {
            named: those(&needed.skills, named),
            learned: those(&needed.skills, |skill| !named(skill) && is_learned(skill)),
            general: those(&needed.skills, |skill| !named(skill) && !is_learned(skill)),
            category,
            priority,
            hint,
        }
    }
}

/// What is told of a similar ticket: plain, and without what is not for others.
pub(super) struct Before {
    heading: String,
    answer: String,
}

impl Before {
    /// Masked before it is cut: half a telephone number would not be known as one.
    fn of(one: &Similar) -> Self {
        let told = |text: &str| masked(&neutral_line(&redacted(text), usize::MAX));
        let title = shortened(&told(&one.title), MAX_TITLE);
        let heading = format!("#{} {title}", one.number);
        Self {
            heading: heading.trim_end().to_owned(),
            answer: shortened(&told(one.answer.as_deref().unwrap_or_default()), MAX_ANSWER),
        }
    }

    /// The first few of these.
    pub(super) fn of_all(similar: &[Similar]) -> Vec<Self> {
        similar.iter().take(MAX_SIMILAR).map(Self::of).collect()
    }
}

/// The notes on a reading, and what was done about similar tickets.
pub(super) fn notes(facts: &NoteFacts<'_>, similar: &[Before]) -> String {
    let mut notes = String::new();
    note(&mut notes, "Skills named", &names(&facts.named));
    note(
        &mut notes,
        "Skill by settled tickets",
        &names(&facts.learned),
    );
    note(&mut notes, "Skill by category", &names(&facts.general));
    if let Some((name, because)) = &facts.category {
        note(&mut notes, "Category", &reason(name, because));
    }
    let (priority, because) = &facts.priority;
    let priority = match (priority, because.as_deref()) {
        (other, None) => format!("{}, by settled tickets", other.as_str()),
        (Priority::Medium, Some([])) => "medium; nothing in the text says otherwise".to_owned(),
        (other, Some(because)) => reason(other.as_str(), because),
    };
    note(&mut notes, "Priority", &priority);
    notes.push_str(&neutral(facts.hint, MAX_NOTES));
    for Before { heading, answer } in similar {
        // Writing to a string never fails.
        let _ = write!(notes, "\nResolved before: {heading}");
        if !answer.is_empty() {
            let _ = write!(notes, ": {answer}");
        }
    }
    shortened(notes.trim(), MAX_NOTES)
}

/// What to try first where a similar ticket was answered in a few words.
pub(super) fn step(similar: &[Before]) -> Option<String> {
    let is_short = |one: &&Before| !one.answer.is_empty() && one.answer.chars().count() <= MAX_STEP;
    let one = similar.iter().find(is_short)?;
    let step = format!("See {}: {}", one.heading, one.answer);
    Some(shortened(&step, MAX_SUMMARY))
}

fn note(notes: &mut String, what: &str, text: &str) {
    if !text.is_empty() {
        // Writing to a string never fails.
        let _ = writeln!(notes, "{what}: {text}.");
    }
}

fn names(skills: &[&Skill]) -> String {
    let names: Vec<String> = skills
        .iter()
        .map(|skill| neutral_line(&skill.name, MAX_SUMMARY))
        .collect();
    names.join(", ")
}

fn reason(what: &str, because: &[&str]) -> String {
    let what = neutral_line(what, MAX_SUMMARY);
    let words: Vec<String> = because
        .iter()
        .map(|word| format!("“{}”", neutral_line(word, MAX_REASON)))
        .collect();
    match words.is_empty() {
        true => what,
        false => format!("{what}, because of {}", words.join(", ")),
    }
}

fn those(skills: &[Skill], are_meant: impl Fn(&Skill) -> bool) -> Vec<&Skill> {
    skills.iter().filter(|skill| are_meant(skill)).collect()
}
