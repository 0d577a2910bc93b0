//! One entry of a history.

use serde::Serialize;
use tickmate_core::{desk::HistoryEntry, domain::event::Change};

use super::{Id, moment, person::Person};

/// One entry of a history. Nobody as actor: the desk itself.
#[derive(Debug, Serialize)]
pub(crate) struct Event {
    #[serde(flatten)]
    id: Id,
    kind: String,
    at: String,
    actor: Option<Person>,
    changes: Vec<FieldChange>,
}

#[derive(Debug, Serialize)]
struct FieldChange {
    field: String,
    from: serde_json::Value,
    to: serde_json::Value,
}

/// A page of a history.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Events {
    pub(crate) events: Vec<Event>,
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
