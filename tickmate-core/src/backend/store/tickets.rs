//! Tickets, their replies, their seats and their queue.

use async_trait::async_trait;

use super::StoreError;
use crate::domain::{
    event::Event,
    id::{ReplyId, TicketId, UserId},
    page::Page,
    query::{BacklogHead, BacklogLane, TicketCounts, TicketQuery, Unbegun},
    reply::{Reply, ReplyQuery, Visibility},
    seat::SeatMove,
    ticket::Ticket,
    ticket_ref::TicketRef,
    time::Timestamp,
    words::{Terms, Tokenizer},
};

/// Makes a request that is sent twice happen once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestKey {
    /// Who sent it.
    pub actor: UserId,
    /// To which use case (`tickets.create`, `replies.create`).
    pub route: String,
    /// What the client called it.
    pub key: String,
    /// SHA-256 of what was sent, in hexadecimal digits.
    pub fingerprint: String,
    /// When; keys are forgotten a day later at the earliest.
    pub at: Timestamp,
}

/// A ticket to insert. Its `number` is given by the store, its `version` is 1.
#[derive(Debug, Clone)]
pub struct NewTicket {
    /// The ticket, with no assignment.
    pub ticket: Ticket,
    /// The terms of its title and description, by which it is found.
    pub terms: Terms,
    /// The event of its creation.
    pub event: Event,
    /// Makes a repeated request happen once.
    pub key: Option<RequestKey>,
}

/// What became of a new ticket.
#[derive(Debug, Clone, PartialEq)]
#[expect(
    clippy::large_enum_variant,
    reason = "the large answer is the ordinary one"
)]
pub enum TicketCreated {
    /// It was inserted.
    Created(Ticket),
    /// The same request made this ticket before; nothing was written.
    Replayed {
        /// Which ticket.
        id: TicketId,
        /// Its number.
        number: u64,
        /// When it was made.
        created_at: Timestamp,
    },
    /// The key stands for another request; nothing was written.
    KeyReused,
    /// A ticket of this origin is there already, perhaps put away; nothing was written.
    Known(TicketId),
}

/// The terms that change with a ticket, see [`crate::domain::words`]. The terms of internal notes are never written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TermsChange {
    /// The terms of title and description as they are written.
    pub text: Terms,
    /// Whether title or description change.
    pub is_text_new: bool,
    /// The terms of the public reply that is added; none where none is.
    pub reply: Option<Terms>,
}

impl TermsChange {
    /// Returns what changes from `before` to `after` with this reply; none where the ticket is found by the same terms.
    pub fn between(
        before: &Ticket,
        after: &Ticket,
        reply: Option<&Reply>,
        tokenizer: &Tokenizer,
    ) -> Option<Self> {
        let is_text_new = before.title != after.title || before.description != after.description;
        let reply = reply.filter(|reply| reply.visibility == Visibility::Public);
        (is_text_new || reply.is_some()).then(|| Self {
            text: tokenizer.terms([after.title.as_str(), after.description.as_str()]),
            is_text_new,
            reply: reply.map(|reply| tokenizer.terms([reply.message.as_str()])),
        })
    }
}

/// A change of a ticket, with its event and perhaps a reply.
#[derive(Debug, Clone)]
pub struct TicketWrite {
    /// The new state. It is written if the stored version is `version` - 1. The seat in its assignment is
    /// ignored: [`TicketWrite::seat`] decides.
    pub ticket: Ticket,
    /// What becomes of the seat.
    pub seat: SeatMove,
    /// What happened.
    pub event: Event,
    /// A reply that is added by the same write.
    pub reply: Option<Reply>,
    /// The terms that change with it; none: the ticket is found by the same terms as before.
    pub terms: Option<TermsChange>,
    /// Makes a repeated request happen once. Looked at before the version.
    pub key: Option<RequestKey>,
}

/// What became of a change.
#[derive(Debug, Clone, PartialEq)]
#[expect(
    clippy::large_enum_variant,
    reason = "the large answer is the ordinary one"
)]
pub enum TicketWritten {
    /// It was written; the ticket as it is stored now.
    Written(Ticket),
    /// The stored version is another, or the ticket is not there; nothing was written.
    Stale,
    /// The person has no room, or somebody else took the seat; nothing was written.
    SeatTaken,
    /// The person is not there, not active staff, or (for an automatic claim) takes no work; nothing was written.
    PersonGone,
    /// The same request wrote this reply before; nothing was written.
    Replayed(ReplyId),
    /// The key stands for another request; nothing was written.
    KeyReused,
}

/// Tickets, their replies, their seats and their queue.
#[async_trait]
pub trait TicketStore: Send + Sync {
    /// Inserts a ticket. May be called again after [`StoreError::Unavailable`] if it has a key or an origin.
    async fn create_ticket(&self, new: &NewTicket) -> Result<TicketCreated, StoreError>;

    /// A ticket by its id, deleted ones too.
    async fn ticket(&self, id: TicketId) -> Result<Option<Ticket>, StoreError>;

    /// A ticket by its number, deleted ones too.
    async fn ticket_by_number(&self, number: u64) -> Result<Option<Ticket>, StoreError>;

    /// Writes a change, the seat with it. Two tickets never hold one seat, and an automatic claim that answered
    /// [`TicketWritten::Written`] brought nobody above the capacity.
    async fn write_ticket(&self, write: &TicketWrite) -> Result<TicketWritten, StoreError>;

    /// A page of tickets, without deleted ones. A ticket that several scopes show is listed once. A ticket is found by at
    /// most [`crate::domain::words::MAX_TICKET_TERMS`] terms.
    ///
    /// A query with words may be refused with [`StoreError::Overloaded`]: too many are running, or it takes too long.
    async fn tickets(&self, query: &TicketQuery) -> Result<Page<Ticket>, StoreError>;

    /// How many tickets somebody asked, by status and priority, without deleted ones.
    async fn count_tickets(&self, requester: UserId) -> Result<TicketCounts, StoreError>;

    /// Returns a ticket, deleted or not, with the page of its replies that [`TicketStore::replies`] returns. Both are
    /// of one moment.
    async fn ticket_with_replies(
        &self,
        ticket: TicketRef,
        query: &ReplyQuery,
    ) -> Result<Option<(Ticket, Page<Reply>)>, StoreError>;

    /// Returns a page of a ticket's replies, the newest first: by the moment, then by id. A ticket that is not there
    /// has none.
    async fn replies(
        &self,
        ticket: TicketId,
        query: &ReplyQuery,
    ) -> Result<Page<Reply>, StoreError>;

    /// Returns a reply of this ticket by its id.
    async fn reply(&self, ticket: TicketId, id: ReplyId) -> Result<Option<Reply>, StoreError>;

    /// What somebody has: every ticket assigned to the person that is neither resolved, closed nor deleted.
    async fn held_by(&self, person: UserId) -> Result<Vec<Ticket>, StoreError>;

    /// The first of each line of the queue, in no particular order. Costs by the number of lines, not of tickets.
    async fn backlog_heads(&self) -> Result<Vec<BacklogHead>, StoreError>;

    /// The next in the same line of the queue.
    async fn backlog_next(&self, head: &BacklogHead) -> Result<Option<BacklogHead>, StoreError>;

    /// How many tickets wait in the queue.
    async fn backlog_length(&self) -> Result<u64, StoreError>;

    /// Every line of the queue as a whole, in no particular order. Costs by the number of tickets that wait.
    async fn backlog_lanes(&self) -> Result<Vec<BacklogLane>, StoreError>;

    /// Tickets that may be moved to level the loads ([`Ticket::is_unbegun`]), those that press most first, then by
    /// number.
    async fn unbegun(&self, limit: u32) -> Result<Vec<Unbegun>, StoreError>;

    /// Tickets written from `from` on and before `to`, whatever became of them, without deleted ones: those with a
    /// number above `after`, in the order of their numbers. A page costs by the tickets of the whole period, without
    /// their texts.
    async fn created_between(
        &self,
        from: Timestamp,
        to: Timestamp,
        after: u64,
        limit: u32,
    ) -> Result<Vec<Ticket>, StoreError>;

    /// All tickets with a number above this one, deleted ones too, in the order of their numbers.
    async fn tickets_after(&self, number: u64, limit: u32) -> Result<Vec<Ticket>, StoreError>;

    /// Tickets that are not settled ([`Ticket::is_triaged`]) and were last changed before this moment, those
    /// longest unchanged first.
    async fn needing_triage(
        &self,
        before: Timestamp,
        limit: u32,
    ) -> Result<Vec<Ticket>, StoreError>;

    /// How many tickets are not settled.
    async fn count_needing_triage(&self) -> Result<u64, StoreError>;

    /// Tickets whose assignee can't keep them: any neither resolved nor closed one of somebody who is not active
    /// staff; and, unless `away_before` is none, an open one that no human gave, of somebody offline, away since
    /// before it, or online but off shift since before it.
    async fn unattended_assignments(
        &self,
        away_before: Option<Timestamp>,
        limit: u32,
    ) -> Result<Vec<Ticket>, StoreError>;
}
