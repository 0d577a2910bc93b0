//! Analyses: what was read out of a ticket's text, and the record of it that the ticket carries.

mod grade;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use self::grade::{Complexity, Sentiment};
use super::{
    digest::sha256_hex,
    field::Field,
    priority::Priority,
    skill::Skill,
    time::{Timestamp, micros},
};

/// What was read out of a ticket's text, before the desk decides what of it counts.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Analysis {
    /// What it is about, at most [`MAX_SUMMARY`] characters on one line.
    pub summary: String,
    /// One of the desk's categories.
    pub category: Option<String>,
    /// How much it presses.
    pub priority: Option<Priority>,
    /// One of the desk's kinds of ticket.
    pub kind: Option<String>,
    /// The skills that answering it requires: skills of the desk's vocabulary or of its staff, best first.
    pub skills: Vec<Skill>,
    /// Skills that it names, but the desk does not know.
    pub suggested_skills: Vec<String>,
    /// Notes that help the assignee; plain text, at most [`MAX_NOTES`] characters.
    pub notes: String,
    /// What to try first, at most [`MAX_STEPS`] lines.
    pub first_steps: Vec<String>,
    /// How the requester feels.
    pub sentiment: Option<Sentiment>,
    /// How much work it looks like.
    pub complexity: Option<Complexity>,
    /// Words to find it by, in lower case, at most [`MAX_TAGS`].
    pub tags: Vec<String>,
    /// The host's own fields, by name.
    pub extra: BTreeMap<String, String>,
    /// How sure each field is, from 0 to 1, by the field's name on the wire: `summary`, `category`, `priority`, `type`,
    /// `relatedSkills`, `helpfulNotes`, `firstSteps`, `sentiment`, `complexity`, `tags`, and those of the host.
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
/// The most tags, each at most [`MAX_TAG`] characters.
pub const MAX_TAGS: usize = 8;
/// The most characters of a tag.
pub const MAX_TAG: usize = 40;

/// The analysis that a ticket carries.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Triage {
    /// What it is about, on one line.
    pub summary: String,
    /// Notes that help the assignee. For staff alone.
    pub notes: String,
    /// What to try first. For staff alone.
    pub first_steps: Vec<String>,
    /// How the requester feels. For staff alone.
    #[serde(default)]
    pub sentiment: Option<Sentiment>,
    /// How much work it looks like. For staff alone.
    #[serde(default)]
    pub complexity: Option<Complexity>,
    /// Words to find it by. For staff alone.
    #[serde(default)]
    pub tags: Vec<String>,
    /// The host's own fields, by name. For staff alone.
    #[serde(default)]
    pub extra: BTreeMap<String, String>,
    /// Who read the ticket.
    pub source: TriageSource,
    /// Which model, where one did.
    pub model: Option<String>,
    /// How sure each field is, from 0 to 1, by the field's name on the wire.
    pub confidence: BTreeMap<String, f64>,
    /// What was read, but does not count: a human set the field, the reader was not sure enough, or the desk does not
    /// know the skill.
    pub suggestions: Suggestions,
    /// What was read, whether it counts or not: what corrections are measured against.
    #[serde(default)]
    pub found: Findings,
    /// Whether staff should review it: no model read it although one was to, or no analyzer could.
    #[serde(default)]
    pub needs_review: bool,
    /// Whether the ticket is to be analyzed again although its text is the same.
    #[serde(default)]
    pub outdated: bool,
    /// How often staff asked for another reading.
    #[serde(default)]
    pub round: u32,
    /// SHA-256 of the text that was read, in hexadecimal digits.
    pub text_hash: String,
    /// When it was read.
    #[serde(with = "micros")]
    pub at: Timestamp,
}

impl Triage {
    /// One that found nothing.
    pub fn empty(source: TriageSource, text_hash: String, at: Timestamp) -> Self {
        Self {
            summary: String::new(),
            notes: String::new(),
            first_steps: Vec::new(),
            sentiment: None,
            complexity: None,
            tags: Vec::new(),
            extra: BTreeMap::new(),
            source,
            model: None,
            confidence: BTreeMap::new(),
            suggestions: Suggestions::default(),
            found: Findings::default(),
            needs_review: false,
            outdated: false,
            round: 0,
            text_hash,
            at,
        }
    }
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
    /// The embedded analyzer.
    Embedded,
    /// Nobody: reading it failed for good, and its title is its summary.
    Unread,
}

/// What was read, but does not count.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Suggestions {
    /// Another category than the ticket has.
    pub category: Option<String>,
    /// Another priority than the ticket has.
    pub priority: Option<Priority>,
    /// Another kind than the ticket has.
    #[serde(rename = "type")]
    pub kind: Option<String>,
    /// Skills that the desk does not know, that a human left out, or that the reader was not sure of.
    pub skills: Vec<String>,
}

impl Suggestions {
    /// Whether there is nothing to accept.
    pub const fn is_empty(&self) -> bool {
        self.category.is_none()
            && self.priority.is_none()
            && self.kind.is_none()
            && self.skills.is_empty()
    }
}

/// What was read, whether it counts or not.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Findings {
    /// The category.
    pub category: Option<String>,
    /// The priority.
    pub priority: Option<Priority>,
    /// The kind.
    #[serde(rename = "type")]
    pub kind: Option<String>,
    /// The ids of the skills, best first.
    pub skills: Vec<String>,
    /// The fields in which it counted.
    pub applied: Vec<Field>,
    /// The fields that a human had set before, so that what became of them says nothing about the reading.
    pub settled: Vec<Field>,
}
