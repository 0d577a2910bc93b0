//! Queries for lists of tickets and users.

use serde::{Deserialize, Serialize};

use super::{
    id::{TicketId, UserId},
    priority::Priority,
    status::Status,
    ticket::{Ticket, backlog_lane},
    time::Timestamp,
    user::Role,
    words::{Form, WordQuery},
};

/// The tickets that a reader may see. A list shows the union of its scopes, each ticket once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub enum Scope {
    /// Every ticket.
    All,
    /// The tickets that this user requested.
    Own(UserId),
    /// The tickets that are assigned to this user.
    Assigned(UserId),
    /// The tickets of the backlog that a moderator with the skills of these ids qualifies for
    /// ([`RequiredSkills::asked`](super::facts::RequiredSkills::asked)).
    Queue(Vec<String>),
    /// Every ticket of the backlog.
    WholeQueue,
}

/// The order of a list; ties are broken by the ticket's number in the same direction.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TicketOrder {
    /// By the moment of creation.
    #[default]
    CreatedAt,
    /// By the moment of the last change.
    UpdatedAt,
    /// By priority.
    Priority,
    /// By deadline; tickets without one come after all others.
    Deadline,
}

/// A query for a page of tickets.
#[derive(Debug, Clone, PartialEq)]
pub struct TicketQuery {
    /// The tickets that the reader may see. Without a scope the list is empty.
    pub scopes: Vec<Scope>,
    /// The further conditions.
    pub filter: TicketFilter,
    /// The order of the list.
    pub order: TicketOrder,
    /// Whether the largest comes first.
    pub descending: bool,
    /// The place after which the page starts.
    pub after: Option<TicketPlace>,
    /// The most tickets of the page.
    pub limit: u32,
}

/// The conditions on a ticket in addition to its scope; an empty list allows every value.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct TicketFilter {
    /// The status is one of these.
    pub status: Vec<Status>,
    /// The priority is one of these.
    pub priority: Vec<Priority>,
    /// The category is one of these, compared exactly.
    pub category: Vec<String>,
    /// The ticket requires one of these skills, by id.
    pub skill: Vec<String>,
    /// The assignee is one of these users.
    pub assignee: Vec<UserId>,
    /// The requester is one of these users.
    pub requester: Vec<UserId>,
    /// The ticket was created at this moment or later.
    pub created_from: Option<Timestamp>,
    /// The ticket was created before this moment.
    pub created_before: Option<Timestamp>,
    /// The words are found in the title, the description or the public replies.
    pub words: WordQuery,
}

/// A ticket that a search by words found.
#[derive(Debug, Clone, PartialEq)]
pub struct FoundTicket {
    /// The best form in which all words are found in the ticket.
    pub form: Form,
    /// The ticket.
    pub ticket: Ticket,
}

/// A place in a sorted list: the sort key and the number of the last ticket of a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct TicketPlace {
    /// Microseconds since 1970, or the rank of the priority; a missing deadline is `i64::MAX`.
    pub key: i64,
    /// The ticket's number.
    pub number: u64,
}

impl TicketOrder {
    /// Returns the place of a ticket in a list of this order.
    pub fn place(self, ticket: &Ticket) -> TicketPlace {
        let key = match self {
            Self::CreatedAt => ticket.created_at.timestamp_micros(),
            Self::UpdatedAt => ticket.updated_at.timestamp_micros(),
            Self::Priority => ticket.priority.rank().into(),
            Self::Deadline => deadline_key(ticket.deadline),
        };
        TicketPlace {
            key,
            number: ticket.number,
        }
    }
}

/// Returns the sort key of a deadline: microseconds since 1970, `i64::MAX` without one.
pub(super) fn deadline_key(deadline: Option<Timestamp>) -> i64 {
    deadline.map_or(i64::MAX, |at| at.timestamp_micros())
}

/// A query for a page of users, in the order of their ids.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UserQuery {
    /// The role is one of these; empty: any.
    pub roles: Vec<Role>,
    /// Whether the user is active.
    pub active: Option<bool>,
    /// A one-line text that the name, the username or the address contains, in any case of ASCII letters.
    pub text: Option<String>,
    /// The user after whom the page starts.
    pub after: Option<UserId>,
    /// The most users of the page.
    pub limit: u32,
}

impl UserQuery {
    /// Returns the text that [`User::search_text`](super::user::User::search_text) must contain; none without a text.
    pub fn search_part(&self) -> Option<String> {
        self.text.as_ref().map(|text| text.to_ascii_lowercase())
    }
}

/// The number of a requester's tickets, by status and priority.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TicketCounts {
    /// The number of tickets of each status; statuses without tickets are omitted.
    pub by_status: Vec<(Status, u64)>,
    /// The number of tickets of each priority; priorities without tickets are omitted.
    pub by_priority: Vec<(Priority, u64)>,
}

/// The first ticket of one lane of the backlog at one priority. Tickets that require the same skills form a lane, in the
/// order of their numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BacklogHead {
    /// The ticket.
    pub ticket: TicketId,
    /// Its number: the smaller, the older.
    pub number: u64,
    /// The lane, as [`Ticket::backlog_lane`] writes it.
    pub lane: String,
    /// The urgency.
    pub priority: Priority,
    /// The requester.
    pub requester: UserId,
    /// When the ticket was created.
    pub created_at: Timestamp,
}

/// One lane of the backlog at one priority.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BacklogLane {
    /// The lane, as [`Ticket::backlog_lane`] writes it.
    pub lane: String,
    /// The urgency of its tickets.
    pub priority: Priority,
    /// The number of its tickets, at least one.
    pub length: u64,
    /// When the oldest of its tickets was created.
    pub oldest: Timestamp,
    /// The number of its tickets that wait because no user could take them.
    pub nobody: u64,
}

/// A ticket that may be moved to balance the loads, see [`Ticket::is_unbegun`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unbegun {
    /// The ticket.
    pub ticket: TicketId,
    /// Its number: the smaller, the older.
    pub number: u64,
    /// The required skills, as [`backlog_lane`] writes them.
    pub lane: String,
    /// The urgency.
    pub priority: Priority,
    /// The assignee.
    pub assignee: UserId,
    /// When the ticket was created.
    pub created_at: Timestamp,
}

impl BacklogHead {
    /// Creates the head of a lane from its first ticket.
    pub fn of(ticket: &Ticket) -> Self {
        Self {
            ticket: ticket.id,
            number: ticket.number,
            lane: ticket.backlog_lane(),
            priority: ticket.priority,
            requester: ticket.requester,
            created_at: ticket.created_at,
        }
    }
}

impl Unbegun {
    /// Creates the entry of an assigned ticket; none without an assignee.
    pub fn of(ticket: &Ticket) -> Option<Self> {
        Some(Self {
            ticket: ticket.id,
            number: ticket.number,
            lane: backlog_lane(&ticket.required_skills),
            priority: ticket.priority,
            assignee: ticket.assignee()?,
            created_at: ticket.created_at,
        })
    }
}
