//! What staff alone sees of a ticket: notes, feelings and work as they were read, and who read them how surely.

use std::collections::BTreeMap;

use serde::Serialize;
use tickmate_core::domain::analysis::{Complexity, Sentiment, Suggestions, Triage, TriageSource};
use utoipa::ToSchema;

use super::moment;
use crate::requests::{ComplexityWord, Moment, PriorityWord, SentimentWord};

/// What only staff sees.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Staff {
    #[schema(required)]
    helpful_notes: Option<String>,
    first_steps: Vec<String>,
    #[schema(required, value_type = Option<SentimentWord>)]
    sentiment: Option<&'static str>,
    #[schema(required, value_type = Option<ComplexityWord>)]
    complexity: Option<&'static str>,
    tags: Vec<String>,
    #[schema(required)]
    analysis: Option<Analysis>,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Analysis {
    source: Source,
    #[schema(required)]
    model: Option<String>,
    confidence: BTreeMap<String, f64>,
    suggestions: Suggested,
    needs_review: bool,
    extra: BTreeMap<String, String>,
    #[schema(value_type = Moment)]
    read_at: String,
}

/// What read a ticket: a model, the embedded analyzer, or nothing that could.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = TriageSource)]
enum Source {
    Model,
    Embedded,
    Unread,
}

#[derive(Debug, Serialize, ToSchema)]
struct Suggested {
    #[schema(required)]
    category: Option<String>,
    #[schema(required, value_type = Option<PriorityWord>)]
    priority: Option<&'static str>,
    #[serde(rename = "type")]
    #[schema(required)]
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
                TriageSource::Model => Source::Model,
                TriageSource::Embedded => Source::Embedded,
                TriageSource::Unread => Source::Unread,
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
