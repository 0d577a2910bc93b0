//! Analyses: what a reader found in a ticket's text, and the record of it that the ticket carries.

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

/// What a reader found in a ticket's text, before the desk decides which of it to apply.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Analysis {
    /// What the ticket is about: one line of at most [`MAX_SUMMARY`] characters.
    pub summary: String,
    /// One of the desk's categories.
    pub category: Option<String>,
    /// The urgency of the ticket.
    pub priority: Option<Priority>,
    /// One of the desk's kinds of ticket.
    pub kind: Option<String>,
    /// The skills that answering it requires: skills of the desk's vocabulary or of its staff, best first.
    pub skills: Vec<Skill>,
    /// Skills that the ticket names but the desk does not know.
    pub suggested_skills: Vec<String>,
    /// Notes that help the assignee: plain text of at most [`MAX_NOTES`] characters.
    pub notes: String,
    /// What to try first, at most [`MAX_STEPS`] lines.
    pub first_steps: Vec<String>,
    /// The mood of the requester.
    pub sentiment: Option<Sentiment>,
    /// How much work the ticket seems to need.
    pub complexity: Option<Complexity>,
    /// Search words in lower case, at most [`MAX_TAGS`].
    pub tags: Vec<String>,
    /// The host's own fields, by name.
    pub extra: BTreeMap<String, String>,
    /// The confidence in each field, from 0 to 1, by the field's name on the wire: `summary`, `category`, `priority`, `type`,
    /// `relatedSkills`, `helpfulNotes`, `firstSteps`, `sentiment`, `complexity`, `tags`, and those of the host.
    pub confidence: BTreeMap<String, f64>,
}

/// The most characters of a summary.
pub const MAX_SUMMARY: usize = 200;
/// The most characters of the notes.
pub const MAX_NOTES: usize = 2_000;
/// The most first steps, each at most [`MAX_SUMMARY`] characters.
pub const MAX_STEPS: usize = 8;
/// The most skills of an analysis.
pub const MAX_SKILLS: usize = 8;
/// The most tags, each at most [`MAX_TAG`] characters.
pub const MAX_TAGS: usize = 8;
/// The most characters of a tag.
pub const MAX_TAG: usize = 40;

/// The analysis that a ticket carries.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Triage {
    /// What the ticket is about, on one line.
    pub summary: String,
    /// Notes that help the assignee. For staff only.
    pub notes: String,
    /// What to try first. For staff only.
    pub first_steps: Vec<String>,
    /// The mood of the requester. For staff only.
    #[serde(default)]
    pub sentiment: Option<Sentiment>,
    /// How much work the ticket seems to need. For staff only.
    #[serde(default)]
    pub complexity: Option<Complexity>,
    /// Search words. For staff only.
    #[serde(default)]
    pub tags: Vec<String>,
    /// The host's own fields, by name. For staff only.
    #[serde(default)]
    pub extra: BTreeMap<String, String>,
    /// What read the ticket.
    pub source: TriageSource,
    /// The model that read the ticket, if one did.
    pub model: Option<String>,
    /// The confidence in each field, from 0 to 1, by the field's name on the wire.
    pub confidence: BTreeMap<String, f64>,
    /// Values that were found but not applied: a human set the field, the confidence was too low, or the desk does not know
    /// the skill.
    pub suggestions: Suggestions,
    /// Values that were found, applied or not. Corrections are compared with them.
    #[serde(default)]
    pub found: Findings,
    /// Whether staff should review the analysis: a model should have read the ticket and did not, or nothing could read it.
    #[serde(default)]
    pub needs_review: bool,
    /// Whether the ticket must be analyzed again although its text is unchanged.
    #[serde(default)]
    pub outdated: bool,
    /// How often staff requested another analysis.
    #[serde(default)]
    pub round: u32,
    /// SHA-256 of the analyzed text, in hexadecimal digits.
    pub text_hash: String,
    /// When the ticket was analyzed.
    #[serde(with = "micros")]
    pub at: Timestamp,
}

impl Triage {
    /// Creates an analysis without findings.
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

/// Returns the hash that identifies a text: SHA-256, in hexadecimal digits.
pub fn text_hash(title: &str, description: &str) -> String {
    sha256_hex(format!("{title}\0{description}").as_bytes())
}

/// What read a ticket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TriageSource {
    /// A language model.
    Model,
    /// The embedded analyzer.
    Embedded,
    /// Nothing: reading failed for good, and the title is used as the summary.
    Unread,
}

/// Values that were found but not applied.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Suggestions {
    /// A category that differs from the ticket's.
    pub category: Option<String>,
    /// A priority that differs from the ticket's.
    pub priority: Option<Priority>,
    /// A kind that differs from the ticket's.
    #[serde(rename = "type")]
    pub kind: Option<String>,
    /// Skills that the desk does not know, that a human omitted, or with too low a confidence.
    pub skills: Vec<String>,
}

impl Suggestions {
    /// Returns whether there is no suggestion to accept.
    pub const fn is_empty(&self) -> bool {
        self.category.is_none()
            && self.priority.is_none()
            && self.kind.is_none()
            && self.skills.is_empty()
    }
}

/// Values that were found, applied or not.
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
    /// The fields whose values were applied.
    pub applied: Vec<Field>,
    /// The fields that a human had set before. Their later changes say nothing about the quality of the analysis.
    pub settled: Vec<Field>,
}
