//! What a host implements to react to events.

use async_trait::async_trait;

use super::{EventNotice, HandlerError};

/// Whom a handler delivers to, which decides what it receives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Audience {
    /// Admins: every event.
    Admins,
    /// Moderators too: the events of tickets, internal notes among them. Nothing of accounts, of the desk's rules, and of what
    /// happens to a ticket while it is deleted.
    Staff,
    /// Requesters too: as for staff, but of each ticket only what its requester's history shows. No internal notes.
    Public,
}

/// Where a handler starts that the store does not know yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Start {
    /// After the event that is the last one when a process first relays to the handler.
    AtCurrentEvent,
    /// After the event with this `seq`; 0 starts with the first event.
    After(u64),
}

/// Reacts to events: sends webhooks or chat messages, applies rules of the host.
///
/// Add it with [`DeskBuilder::on_events`](crate::desk::DeskBuilder::on_events). An event is delivered at least once to each
/// target, and the deliveries of several events may run at once and in any order. Where the order matters, compare
/// [`EventNotice::version`]; a handler for the public has none and reads the ticket as it is now, for the clocks behind
/// [`EventNotice::at`] may differ.
#[async_trait]
pub trait EventHandler: Send + Sync {
    /// Returns the name under which the store keeps the position: 1 to 60 of `a-z`, `0-9`, `_` and `-`, unique in the desk.
    /// A handler with another name is another handler.
    ///
    /// The desk asks for name, audience and start once, when it is built.
    fn name(&self) -> &str;

    /// Returns whom it delivers to.
    fn audience(&self) -> Audience;

    /// Returns where it starts when the store has no position for it: at the current event, unless it says otherwise.
    fn start(&self) -> Start {
        Start::AtCurrentEvent
    }

    /// Returns the targets of an event, each a name of 1 to 80 bytes; each is one delivery. An empty list skips the event.
    ///
    /// It is called at least once for each event, in the order of the events, and must be quick. A panic, or a name that
    /// can't be taken, stops the handler before this event until the process returns others; it skips no event.
    fn targets(&self, event: &EventNotice) -> Vec<String>;

    /// Delivers an event to a target.
    ///
    /// # Errors
    /// Why it must be tried again, or why that is useless.
    async fn handle(&self, event: &EventNotice, target: &str) -> Result<(), HandlerError>;
}
