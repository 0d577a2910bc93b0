//! Somebody in a ticket: no more than how to call and reach them.

use serde::Serialize;
use tickmate_core::desk;
use utoipa::ToSchema;

use super::Id;

/// Somebody in a ticket.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Person {
    #[serde(flatten)]
    id: Id,
    email: String,
    name: String,
}

impl Person {
    pub(crate) fn new(person: &desk::Person, legacy_ids: bool) -> Self {
        Self {
            id: Id::new(person.id, legacy_ids),
            email: person.email.to_string(),
            name: person.name.clone(),
        }
    }
}
