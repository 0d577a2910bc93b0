//! Triage: what a model, or the embedded analyser, makes of a ticket's text.

mod analyse;
mod answer;
mod lexicon;
mod phrases;
mod plain;
mod prompt;
pub(in crate::domain) mod signals;
mod skills;
mod summary;
#[cfg(test)]
mod tests;
pub(in crate::domain) mod token;
mod weigh;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use self::{
    analyse::analyse,
    answer::{AnswerError, MAX_ANSWER, read_answer},
    lexicon::{
        AmbiguousNames, CategoryEntry, Lexicon, LexiconData, LexiconError, PriorityTerms, Terms,
    },
    prompt::{MAX_OFFERED, Prompt, TicketText, build_prompt},
};
use super::{digest::sha256_hex, priority::Priority, skill::Skill, time::Timestamp};

/// What was read out of a ticket's text, before the desk decides what of it counts.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Analysis {
    /// What it is about, at most [`MAX_SUMMARY`] characters on one line.
    pub summary: String,
    /// One of the desk's categories.
    pub category: Option<String>,
    /// How much it presses.
    pub priority: Option<Priority>,
    /// What somebody must know to answer it: skills of the desk's vocabulary or of its staff, best first.
    pub skills: Vec<Skill>,
    /// Skills that it names, but the desk does not know.
    pub suggested_skills: Vec<String>,
    /// What helps whoever answers; plain text, at most [`MAX_NOTES`] characters.
    pub notes: String,
    /// What to try first, at most [`MAX_STEPS`] lines.
    pub first_steps: Vec<String>,
    /// How sure each field is, from 0 to 1, by the field's name on the wire.
    pub confidence: BTreeMap<String, f64>,
}

/// The most characters of a summary.
pub const MAX_SUMMARY: usize = 200;
/// The most characters of the notes.
pub const MAX_NOTES: usize = 2_000;
/// The most first steps, each at most [`MAX_SUMMARY`] characters.
pub const MAX_STEPS: usize = 8;
/// The most skills that an analysis asks for.
pub const MAX_SKILLS: usize = 8;

/// The analysis that a ticket carries.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Triage {
    /// What it is about, on one line.
    pub summary: String,
    /// What helps whoever answers. For staff alone.
    pub notes: String,
    /// What to try first. For staff alone.
    pub first_steps: Vec<String>,
    /// Who read the ticket.
    pub source: TriageSource,
    /// Which model, where one did.
    pub model: Option<String>,
    /// How sure each field is, from 0 to 1, by the field's name on the wire.
    pub confidence: BTreeMap<String, f64>,
    /// What was read, but does not count: a human set the field, or the desk does not know the skill.
    pub suggestions: Suggestions,
    /// SHA-256 of the text that was read, in hexadecimal digits.
    pub text_hash: String,
    /// When it was read.
    pub at: Timestamp,
}

/// What a text is known again by: SHA-256, in hexadecimal digits.
pub fn text_hash(title: &str, description: &str) -> String {
    sha256_hex(format!("{title}\0{description}").as_bytes())
}

/// Who read a ticket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TriageSource {
    /// A language model.
    Model,
    /// The embedded analyser.
    Embedded,
    /// Nobody: reading it failed for good, and its title is its summary.
    Unread,
}

/// What was read, but does not count.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Suggestions {
    /// Where a human set another.
    pub category: Option<String>,
    /// Where a human set another.
    pub priority: Option<Priority>,
    /// Skills that the desk does not know, or that a human left out.
    pub skills: Vec<String>,
}
