//! Calls of models, and what they came to. Never an answer's text.

use serde::Serialize;
use tickmate_core::domain::models::{CallOutcome, ModelCall, Usage, UsageLine};
use utoipa::ToSchema;

use crate::requests::{Moment, OutcomeWord, TaskWord};

use super::{Id, moment, rules};

/// A page of calls, and what all calls of the period came to.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ModelCalls {
    calls: Vec<Call>,
    usage: Vec<Line>,
    #[schema(required)]
    next_cursor: Option<String>,
}

/// One call. While it is under way it has no outcome, and its figures are 0.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ModelCall)]
struct Call {
    #[serde(flatten)]
    id: Id,
    #[schema(value_type = TaskWord)]
    operation: &'static str,
    #[schema(required)]
    ticket: Option<String>,
    provider: String,
    model: String,
    #[schema(value_type = Moment)]
    at: String,
    #[schema(required, value_type = Option<OutcomeWord>)]
    outcome: Option<&'static str>,
    #[serde(flatten)]
    #[schema(value_type = rules::Usage)]
    usage: Usage,
    latency_ms: u64,
    cache_hit: bool,
}

/// What the calls of one model with one outcome came to, all together.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = UsageLine)]
struct Line {
    provider: String,
    model: String,
    #[schema(required, value_type = Option<OutcomeWord>)]
    outcome: Option<&'static str>,
    cache_hit: bool,
    calls: u64,
    #[serde(flatten)]
    #[schema(value_type = rules::Usage)]
    usage: Usage,
    latency_ms: u64,
}

impl ModelCalls {
    pub(crate) fn new(
        calls: &[ModelCall],
        usage: Vec<UsageLine>,
        next_cursor: Option<String>,
        legacy_ids: bool,
    ) -> Self {
        Self {
            calls: calls
                .iter()
                .map(|call| Call::new(call, legacy_ids))
                .collect(),
            usage: usage.into_iter().map(Line::new).collect(),
            next_cursor,
        }
    }
}

impl Call {
    fn new(call: &ModelCall, legacy_ids: bool) -> Self {
        let end = call.end.as_ref();
        Self {
            id: Id::new(call.id, legacy_ids),
            operation: call.task.as_str(),
            ticket: call.ticket.map(|ticket| ticket.to_string()),
            provider: call.provider.clone(),
            model: call.model.clone(),
            at: moment(call.begun_at),
            outcome: end.map(|end| end.outcome.as_str()),
            usage: end.map(|end| end.usage).unwrap_or_default(),
            latency_ms: end.map(|end| millis(end.micros)).unwrap_or_default(),
            cache_hit: end.is_some_and(|end| end.cache_hit),
        }
    }
}

impl Line {
    fn new(line: UsageLine) -> Self {
        Self {
            provider: line.provider,
            model: line.model,
            outcome: line.outcome.map(CallOutcome::as_str),
            cache_hit: line.cache_hit,
            calls: line.calls,
            usage: line.usage,
            latency_ms: millis(line.micros),
        }
    }
}

/// Whole milliseconds, rounded.
const fn millis(micros: u64) -> u64 {
    micros.saturating_add(500) / 1_000
}
