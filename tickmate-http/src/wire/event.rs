//! One entry of a history.

use serde::Serialize;
use tickmate_core::{desk::HistoryEntry, domain::event::Change};
use utoipa::ToSchema;

use super::{Id, moment, person::Person};
use crate::requests::Moment;

/// One entry of a history. Nobody as actor: the desk itself.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Event {
    #[serde(flatten)]
    id: Id,
    kind: String,
    #[schema(value_type = Moment)]
    at: String,
    /// Who did it; null for the desk itself.
    #[schema(required)]
    actor: Option<Person>,
    changes: Vec<FieldChange>,
}

#[derive(Debug, Serialize, ToSchema)]
struct FieldChange {
    field: String,
    /// The value before; null where there was none.
    #[schema(value_type = Option<ChangedValue>, required)]
    from: serde_json::Value,
    /// The value after; null where there is none.
    #[schema(value_type = Option<ChangedValue>, required)]
    to: serde_json::Value,
}

/// A value of a field before or after a change. Length and digest stand for long texts, number and digest for lists.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
#[expect(
    dead_code,
    reason = "it documents the values, which the core serializes"
)]
enum ChangedValue {
    Text(String),
    Texts(Vec<String>),
    LongText { length: u64, sha256: String },
    LongList { count: u64, sha256: String },
}

/// A page of a history.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Events {
    pub(crate) events: Vec<Event>,
    #[schema(required)]
    pub(crate) next_cursor: Option<String>,
}

impl Event {
    pub(crate) fn new(entry: HistoryEntry, legacy_ids: bool) -> Self {
        let change = |Change { field, from, to }| FieldChange { field, from, to };
        Self {
            id: Id::new(entry.event.id, legacy_ids),
            kind: entry.event.kind.as_str().to_owned(),
            at: moment(entry.event.at),
            actor: entry.by.map(|by| Person::new(&by, legacy_ids)),
            changes: entry.event.changes.into_iter().map(change).collect(),
        }
    }
}
