//! Tickets, their replies, their seats and their backlog.

use async_trait::async_trait;
#[cfg(any(feature = "mock", feature = "testing"))]
use macro_rules_attr::extend;

use super::StoreError;
#[cfg(any(feature = "mock", feature = "testing"))]
use crate::backend::delegation::delegable;
use crate::domain::{
    event::Event,
    id::{ReplyId, TicketId, UserId},
    page::Page,
    query::{BacklogHead, BacklogLane, FoundTicket, TicketCounts, TicketQuery, Unbegun},
    reply::{Reply, ReplyQuery},
    seat::SeatMove,
    ticket::Ticket,
    ticket_ref::TicketRef,
    time::Timestamp,
    words::{Form, Terms, Tokenizer},
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
        let reply = reply.filter(|reply| reply.visibility.is_public());
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
    /// The assignee has no room, or another ticket took the seat; see [`TicketStore::write_ticket`].
    SeatTaken,
    /// The assignee does not exist, is not active staff, or (for an automatic claim) takes no work; see
    /// [`TicketStore::write_ticket`].
    UserGone,
    /// The same request wrote this reply before; nothing was written.
    Replayed(ReplyId),
    /// The key stands for another request; nothing was written.
    KeyReused,
}

/// Tickets, their replies, their seats and their backlog.
#[cfg_attr(any(feature = "mock", feature = "testing"), extend(delegable))]
#[cfg_attr(feature = "mock", mockall::automock)]
#[async_trait]
pub trait TicketStore: Send + Sync {
    /// Inserts a ticket, once for each request key and origin. May be called again after [`StoreError::Unavailable`] if
    /// it has a key or an origin.
    ///
    /// A **change**.
    async fn create_ticket(&self, new: &NewTicket) -> Result<TicketCreated, StoreError>;

    /// Returns the ticket with this id, deleted or not.
    ///
    /// A **read**.
    async fn ticket(&self, id: TicketId) -> Result<Option<Ticket>, StoreError>;

    /// Returns the ticket with this number, deleted or not.
    ///
    /// A **read**.
    async fn ticket_by_number(&self, number: u64) -> Result<Option<Ticket>, StoreError>;

    /// Writes a change of a ticket with the move of its seat. Two tickets never hold one seat, and an automatic claim
    /// that returned [`TicketWritten::Written`] brought nobody above the capacity.
    ///
    /// Where the result is [`TicketWritten::SeatTaken`] or [`TicketWritten::UserGone`], nothing was written. Only where
    /// another change of the same assignee overlapped, the change may have been written and undone before the method
    /// returned, which are two versions with two events.
    ///
    /// A **change**.
    async fn write_ticket(&self, write: &TicketWrite) -> Result<TicketWritten, StoreError>;

    /// Returns a page of tickets, without deleted ones. A ticket that several scopes show is listed once. A ticket is
    /// found by its first [`MAX_TICKET_WORDS`](crate::domain::words::MAX_TICKET_WORDS) words.
    ///
    /// A query with words may be refused with [`StoreError::Overloaded`]: too many are running, or it takes too long.
    ///
    /// A **read**.
    async fn tickets(&self, query: &TicketQuery) -> Result<Page<Ticket>, StoreError>;

    /// Returns a page of the tickets that the words of a query find, those found by a better form first
    /// ([`WordQuery::best_form`]), those found by the same form as [`TicketStore::tickets`] sorts them. `from` is the first
    /// form of the page: tickets found by a better one are left out, and [`TicketQuery::after`] is a place among those
    /// found by it. A query without words finds nothing.
    ///
    /// A **read**. As `tickets`, it refuses with [`StoreError::Overloaded`] what takes too long.
    ///
    /// [`WordQuery::best_form`]: crate::domain::words::WordQuery::best_form
    async fn search_tickets(
        &self,
        query: &TicketQuery,
        from: Form,
    ) -> Result<Page<FoundTicket>, StoreError>;

    /// Counts the tickets of a requester by status and priority, without deleted ones.
    ///
    /// A **read**.
    async fn count_tickets(&self, requester: UserId) -> Result<TicketCounts, StoreError>;

    /// Returns a ticket, deleted or not, with the page of its replies that [`TicketStore::replies`] returns. Both are
    /// of one moment.
    ///
    /// A **read**.
    async fn ticket_with_replies(
        &self,
        ticket: TicketRef,
        query: &ReplyQuery,
    ) -> Result<Option<(Ticket, Page<Reply>)>, StoreError>;

    /// Returns a page of a ticket's replies, the newest first: by the moment, then by id. A ticket that is not there
    /// has none.
    ///
    /// A **read**.
    async fn replies(
        &self,
        ticket: TicketId,
        query: &ReplyQuery,
    ) -> Result<Page<Reply>, StoreError>;

    /// Returns a reply of this ticket by its id.
    ///
    /// A **read**.
    async fn reply(&self, ticket: TicketId, id: ReplyId) -> Result<Option<Reply>, StoreError>;

    /// Returns the unfinished tickets of a user: those assigned to the user that are neither resolved, closed nor
    /// deleted, in no particular order.
    ///
    /// A **read**.
    async fn held_by(&self, person: UserId) -> Result<Vec<Ticket>, StoreError>;

    /// Returns the first ticket of each lane of the backlog, in no particular order. Costs by the number of lanes, not
    /// of tickets.
    ///
    /// A **read**.
    async fn backlog_heads(&self) -> Result<Vec<BacklogHead>, StoreError>;

    /// Returns the next ticket in the same lane of the backlog.
    ///
    /// A **read**.
    async fn backlog_next(&self, head: &BacklogHead) -> Result<Option<BacklogHead>, StoreError>;

    /// Returns every lane of the backlog with its counts, in no particular order. Costs by the number of tickets that
    /// wait.
    ///
    /// A **read**.
    async fn backlog_lanes(&self) -> Result<Vec<BacklogLane>, StoreError>;

    /// Returns tickets that may be moved to level the loads ([`Ticket::is_unbegun`]), by priority, the most urgent
    /// first, then by number.
    ///
    /// A **read**.
    async fn unbegun(&self, limit: u32) -> Result<Vec<Unbegun>, StoreError>;

    /// Returns tickets created from `from` on and before `to`, without deleted ones: those with a number above `after`,
    /// in the order of their numbers. A page costs by the tickets of the whole period, without their texts.
    ///
    /// A **read**.
    async fn created_between(
        &self,
        from: Timestamp,
        to: Timestamp,
        after: u64,
        limit: u32,
    ) -> Result<Vec<Ticket>, StoreError>;

    /// Returns all tickets with a number above this one, deleted ones too, in the order of their numbers.
    ///
    /// A **read**.
    async fn tickets_after(&self, number: u64, limit: u32) -> Result<Vec<Ticket>, StoreError>;

    /// Returns tickets that need triage (not [`Ticket::is_triaged`]) and were last changed before `before` or after
    /// `ahead`, in the order of these changes. `ahead` is [`furthest_ahead`](crate::domain::time::furthest_ahead): what was
    /// changed later was changed before the clock was set back.
    ///
    /// A **read**.
    async fn needing_triage(
        &self,
        before: Timestamp,
        ahead: Timestamp,
        limit: u32,
    ) -> Result<Vec<Ticket>, StoreError>;

    /// Counts the tickets that need triage.
    ///
    /// A **read**.
    async fn count_needing_triage(&self) -> Result<u64, StoreError>;

    /// Returns the users who have unfinished tickets ([`TicketStore::held_by`]), each once, in the order of their ids.
    ///
    /// A **read**.
    async fn holders(&self) -> Result<Vec<UserId>, StoreError>;
}
