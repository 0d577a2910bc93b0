//! What staff alone sees of a ticket: notes, feelings and work as they were read, and who read them how surely.

use std::collections::BTreeMap;

use serde::Serialize;
use tickmate_core::domain::analysis::{Complexity, Sentiment, Suggestions, Triage, TriageSource};

use super::moment;

/// What only staff sees.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Staff {
    helpful_notes: Option<String>,
    first_steps: Vec<String>,
    sentiment: Option<&'static str>,
    complexity: Option<&'static str>,
    tags: Vec<String>,
    analysis: Option<Analysis>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Analysis {
    source: &'static str,
    model: Option<String>,
    confidence: BTreeMap<String, f64>,
    suggestions: Suggested,
    needs_review: bool,
    extra: BTreeMap<String, String>,
    read_at: String,
}

#[derive(Debug, Serialize)]
struct Suggested {
    category: Option<String>,
    priority: Option<&'static str>,
    #[serde(rename = "type")]
    kind: Option<String>,
    skills: Vec<String>,
}

impl Staff {
    pub(super) fn new(triage: Option<&Triage>) -> Self {
        let list = |list: fn(&Triage) -> &Vec<String>| triage.map(list).cloned();
        Self {
            helpful_notes: triage.map(|triage| triage.notes.clone()),
            first_steps: list(|triage| &triage.first_steps).unwrap_or_default(),
            sentiment: triage
                .and_then(|triage| triage.sentiment)
                .map(Sentiment::as_str),
            complexity: triage
                .and_then(|triage| triage.complexity)
                .map(Complexity::as_str),
            tags: list(|triage| &triage.tags).unwrap_or_default(),
            analysis: triage.map(Analysis::new),
        }
    }
}

impl Analysis {
    fn new(triage: &Triage) -> Self {
        let Suggestions {
            category,
            priority,
            kind,
            skills,
        } = &triage.suggestions;
        Self {
            source: match triage.source {
                TriageSource::Model => "model",
                TriageSource::Embedded => "embedded",
                TriageSource::Unread => "unread",
            },
            model: triage.model.clone(),
            confidence: triage.confidence.clone(),
            suggestions: Suggested {
                category: category.clone(),
                priority: priority.map(|priority| priority.as_str()),
                kind: kind.clone(),
                skills: skills.clone(),
            },
            needs_review: triage.needs_review,
            extra: triage.extra.clone(),
            read_at: moment(triage.at),
        }
    }
}
