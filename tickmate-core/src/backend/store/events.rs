//! The audit trail, which is the outbox too. Events are written by the changes that they belong to, never alone.
//!
//! A change writes its event atomically with the changed record. The event's place among all events, its `seq`, is given by
//! the same write or later, but before any reader can see the event. Seqs are unique, and those of a ticket's events are in
//! the order of its versions.

use async_trait::async_trait;
#[cfg(any(feature = "mock", feature = "testing"))]
use macro_rules_attr::extend;

use super::StoreError;
#[cfg(any(feature = "mock", feature = "testing"))]
use crate::backend::delegation::delegable;
use crate::domain::{
    event::Event,
    id::{EventId, TicketId, UserId},
    page::Page,
    time::Timestamp,
};

/// The audit trail and the outbox.
///
/// Events are kept. A store that removes old ones keeps the newest `assigned` of each assignee: the roster shows it.
#[cfg_attr(any(feature = "mock", feature = "testing"), extend(delegable))]
#[cfg_attr(feature = "mock", mockall::automock)]
#[async_trait]
pub trait EventStore: Send + Sync {
    /// Returns events that were not relayed yet, with a `seq` above this one, in the order of `seq`.
    ///
    /// A **read**.
    async fn pending_events(&self, after: u64, limit: u32) -> Result<Vec<Event>, StoreError>;

    /// Records that these events were relayed. Those that were already stay so.
    ///
    /// A **sweep**: where the call fails, some of them may be recorded; the caller relays the others again.
    async fn mark_relayed(&self, events: &[EventId]) -> Result<(), StoreError>;

    /// Returns events with a `seq` above this one, in the order of `seq`.
    ///
    /// An event of a write that is under way may be shown late, but the store never shows an event with a `seq` below one
    /// that it has already shown. So a reader who goes on from the last event returned misses none, although writes
    /// overlap. The events of writes that ended before the call are shown.
    ///
    /// A **read**.
    async fn events_after(&self, seq: u64, limit: u32) -> Result<Vec<Event>, StoreError>;

    /// Returns the `seq` of the last event, 0 before the first. What is read after this call shows the effects of all
    /// events up to that one.
    ///
    /// A **read**.
    async fn last_seq(&self) -> Result<u64, StoreError>;

    /// Counts the events of kind [`Assigned`](crate::domain::event::EventKind::Assigned) of this moment or later by
    /// assignee, in no particular order. Users without such an event are omitted.
    ///
    /// A **read**.
    async fn assigned_since(&self, since: Timestamp) -> Result<Vec<(UserId, u64)>, StoreError>;

    /// Returns one event.
    ///
    /// A **read**.
    async fn event(&self, id: EventId) -> Result<Option<Event>, StoreError>;

    /// Returns a page of a ticket's events with a `seq` above this one, oldest first.
    ///
    /// A **read**.
    async fn ticket_events(
        &self,
        ticket: TicketId,
        after: u64,
        limit: u32,
    ) -> Result<Page<Event>, StoreError>;
}
