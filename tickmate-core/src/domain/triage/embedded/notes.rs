//! Notes: why the analyser says what it says, and what was done about tickets like this one.

use std::fmt::Write as _;

use super::{Similar, choose::Needed, mask::masked};
use crate::domain::{
    priority::Priority,
    skill::Skill,
    triage::{
        MAX_NOTES, MAX_SUMMARY,
        analyse::{is_named, those},
        plain::{neutral, neutral_line, shortened},
        redact::redacted,
        skills::Mention,
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

/// What is told of a reading.
pub(in crate::domain::triage) struct Told<'a> {
    /// The skills that the text names, that were learnt, and that the category needs.
    pub(in crate::domain::triage) named: Vec<&'a Skill>,
    pub(in crate::domain::triage) learnt: Vec<&'a Skill>,
    pub(in crate::domain::triage) general: Vec<&'a Skill>,
    /// With the words that speak for it.
    pub(in crate::domain::triage) category: Option<(&'a str, Vec<&'a str>)>,
    /// With the words that speak for it; no words at all where settled tickets decided.
    pub(in crate::domain::triage) priority: (Priority, Option<Vec<&'a str>>),
    pub(in crate::domain::triage) hint: &'a str,
}

impl<'a> Told<'a> {
    pub(super) fn of(
        needed: &'a Needed,
        mentions: &[Mention],
        category: Option<(&'a str, Vec<&'a str>)>,
        priority: (Priority, Option<Vec<&'a str>>),
        hint: &'a str,
    ) -> Self {
        let learnt = needed.learnt.as_ref();
        let is_learnt = |skill: &Skill| learnt.is_some_and(|one| one.same(skill));
        let named = |skill: &Skill| is_named(mentions, skill);
        Self {
            named: those(&needed.skills, named),
            learnt: those(&needed.skills, |skill| !named(skill) && is_learnt(skill)),
            general: those(&needed.skills, |skill| !named(skill) && !is_learnt(skill)),
            category,
            priority,
            hint,
        }
    }
}

/// The notes on a reading, and what was done about similar tickets.
pub(in crate::domain::triage) fn notes(told: &Told<'_>, similar: &[Similar]) -> String {
    let mut notes = String::new();
    note(&mut notes, "Skills named", &names(&told.named));
    note(&mut notes, "Skill by settled tickets", &names(&told.learnt));
    note(&mut notes, "Skill by category", &names(&told.general));
    if let Some((name, because)) = &told.category {
        note(&mut notes, "Category", &reason(name, because));
    }
    let (priority, because) = &told.priority;
    let priority = match (priority, because.as_deref()) {
        (other, None) => format!("{}, by settled tickets", other.as_str()),
        (Priority::Medium, Some([])) => "medium; nothing in the text says otherwise".to_owned(),
        (other, Some(because)) => reason(other.as_str(), because),
    };
    note(&mut notes, "Priority", &priority);
    notes.push_str(told.hint.trim());
    for one in similar.iter().take(MAX_SIMILAR) {
        // Writing to a string never fails.
        let _ = write!(notes, "\nResolved before: {}", heading(one, MAX_TITLE));
        let answer = answer(one, MAX_ANSWER);
        if !answer.is_empty() {
            let _ = write!(notes, ": {answer}");
        }
    }
    neutral(&notes, MAX_NOTES)
}

/// What to try first where a similar ticket was answered in a few words.
pub(super) fn step(similar: &[Similar]) -> Option<String> {
    similar.iter().take(MAX_SIMILAR).find_map(|one| {
        let whole = answer(one, MAX_ANSWER);
        let is_short = !whole.is_empty() && whole.chars().count() <= MAX_STEP;
        let step = || format!("See {}: {whole}", heading(one, MAX_TITLE));
        is_short.then(|| shortened(&step(), MAX_SUMMARY))
    })
}

fn heading(one: &Similar, max: usize) -> String {
    let title = masked(&neutral_line(&redacted(&one.title), usize::MAX));
    format!("#{} {}", one.number, shortened(&title, max))
        .trim_end()
        .to_owned()
}

/// Masked before it is cut: half a telephone number would not be known as one.
fn answer(one: &Similar, max: usize) -> String {
    let answer = one.answer.as_deref().unwrap_or_default();
    let told = masked(&neutral_line(&redacted(answer), usize::MAX));
    shortened(&told, max)
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
        .map(|word| format!("“{}”", neutral_line(word, MAX_REASON)))
        .collect();
    match words.is_empty() {
        true => what.to_owned(),
        false => format!("{what}, because of {}", words.join(", ")),
    }
}
