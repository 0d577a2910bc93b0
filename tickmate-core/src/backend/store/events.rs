//! The audit trail, which is the outbox too. Events are written by the changes that they belong to, never alone.

use async_trait::async_trait;

use super::StoreError;
use crate::domain::{
    event::Event,
    id::{EventId, TicketId, UserId},
    page::Page,
    time::Timestamp,
};

/// The audit trail and the outbox.
#[async_trait]
pub trait EventStore: Send + Sync {
    /// Events that were not relayed yet, with a `seq` above this one, in the order of `seq`.
    async fn pending_events(&self, after: u64, limit: u32) -> Result<Vec<Event>, StoreError>;

    /// Notes that these events were relayed. Those that were already stay so.
    async fn mark_relayed(&self, events: &[EventId]) -> Result<(), StoreError>;

    /// Events with a `seq` above this one, in the order of `seq`. A reader who goes on from the last one given
    /// misses none, although writes overlap.
    async fn events_after(&self, seq: u64, limit: u32) -> Result<Vec<Event>, StoreError>;

    /// The `seq` of the last event, 0 before the first. [`EventStore::events_after`] it misses nothing that what was
    /// read after this call does not show.
    async fn last_seq(&self) -> Result<u64, StoreError>;

    /// How many events of kind [`Assigned`](crate::domain::event::EventKind::Assigned), of this moment or later, went
    /// to each assignee. Nobody is named with 0; in no particular order.
    async fn assigned_since(&self, since: Timestamp) -> Result<Vec<(UserId, u64)>, StoreError>;

    /// One event.
    async fn event(&self, id: EventId) -> Result<Option<Event>, StoreError>;

    /// A ticket's events with a `seq` above this one, oldest first.
    async fn ticket_events(
        &self,
        ticket: TicketId,
        after: u64,
        limit: u32,
    ) -> Result<Page<Event>, StoreError>;
}
