//! The trait that a host implements to react to events.

use async_trait::async_trait;

use super::{EventNotice, HandlerError};

/// The audience of a handler, which determines what it receives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Audience {
    /// Admins: every event.
    Admins,
    /// Staff: the events of tickets, including internal notes. Excludes the events of accounts and of the desk's rules,
    /// and those of a ticket while it is deleted.
    Staff,
    /// Everyone, including requesters: like staff, but of each ticket only what its requester's history shows, without
    /// internal notes.
    Public,
}

/// The position at which a handler starts if the store does not know it yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Start {
    /// After the event that is the latest one when a process first relays to the handler.
    AtCurrentEvent,
    /// After the event with this `seq`; 0 starts with the first event.
    After(u64),
}

/// Reacts to events: sends webhooks or chat messages, applies rules of the host.
///
/// Register it with [`DeskBuilder::on_events`](crate::desk::DeskBuilder::on_events). An event is delivered at least
/// once to each target. Deliveries of several events may run concurrently and in any order. If the order matters,
/// compare [`EventNotice::version`]. A public handler receives no version: it must read the current ticket, because the
/// clocks behind [`EventNotice::at`] may differ.
#[async_trait]
pub trait EventHandler: Send + Sync {
    /// Returns the name under which the store holds the position: 1 to 60 of `a-z`, `0-9`, `_` and `-`, unique in the
    /// desk. A handler with a different name is a different handler.
    ///
    /// The desk reads the name, the audience and the start once, when it is built.
    fn name(&self) -> &str;

    /// Returns the audience of the handler.
    fn audience(&self) -> Audience;

    /// Returns the position at which the handler starts if the store has none. The default is the current event.
    fn start(&self) -> Start {
        Start::AtCurrentEvent
    }

    /// Returns the targets of an event, each a name of 1 to 80 bytes; each target gets one delivery. An empty list
    /// skips the event.
    ///
    /// It is called at least once for each event, in the order of the events, and must return quickly. A panic or an
    /// invalid name stops the handler before this event until the process returns valid names; no event is skipped.
    fn targets(&self, event: &EventNotice) -> Vec<String>;

    /// Delivers an event to a target.
    ///
    /// # Errors
    /// An error that is retried, or one that is marked as permanent.
    async fn handle(&self, event: &EventNotice, target: &str) -> Result<(), HandlerError>;
}
