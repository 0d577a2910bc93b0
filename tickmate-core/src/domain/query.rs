//! What may be asked of a list of tickets or people.

use serde::{Deserialize, Serialize};

use super::{
    id::{TicketId, UserId},
    priority::Priority,
    status::Status,
    ticket::{Ticket, backlog_lane},
    time::Timestamp,
    user::Role,
    words::WordQuery,
};

/// Which tickets a reader may see. A list shows the union of its scopes, each ticket once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub enum Scope {
    /// Every ticket.
    All,
    /// What this person asked.
    Own(UserId),
    /// What this person has.
    Assigned(UserId),
    /// The tickets of the backlog that a moderator with the skills of these ids qualifies for
    /// ([`RequiredSkills::asked`](super::facts::RequiredSkills::asked)).
    Queue(Vec<String>),
    /// Every ticket of the backlog.
    WholeQueue,
}

/// What a list is sorted by; ties are broken by the ticket's number in the same direction.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TicketOrder {
    /// By when it was written.
    #[default]
    CreatedAt,
    /// By when it was last changed.
    UpdatedAt,
    /// By priority.
    Priority,
    /// By deadline; tickets without one count as later than any.
    Deadline,
}

/// Which tickets are asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct TicketQuery {
    /// What the reader may see. No scope, no ticket.
    pub scopes: Vec<Scope>,
    /// What must hold beside.
    pub filter: TicketFilter,
    /// Sorted by what.
    pub order: TicketOrder,
    /// Largest first.
    pub descending: bool,
    /// The page starts after this place.
    pub after: Option<TicketPlace>,
    /// How many at most.
    pub limit: u32,
}

/// What must hold of a ticket beside its scope; an empty list lets every value through.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct TicketFilter {
    /// One of these statuses.
    pub status: Vec<Status>,
    /// One of these priorities.
    pub priority: Vec<Priority>,
    /// One of these categories, to the letter.
    pub category: Vec<String>,
    /// Needs one of these skills, by id.
    pub skill: Vec<String>,
    /// One of these people has it.
    pub assignee: Vec<UserId>,
    /// One of these people asked.
    pub requester: Vec<UserId>,
    /// Written at this moment or later.
    pub created_from: Option<Timestamp>,
    /// Written before this moment.
    pub created_before: Option<Timestamp>,
    /// The ticket is found by these words, in its title, its description or its public replies.
    pub words: WordQuery,
}

/// A place in a sorted list: what the last ticket of a page sorts by, and its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct TicketPlace {
    /// Microseconds since 1970, or the rank of the priority; a missing deadline is `i64::MAX`.
    pub key: i64,
    /// The ticket's number.
    pub number: u64,
}

impl TicketOrder {
    /// Where a ticket stands in a list of this order.
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

/// Returns what lists sort deadlines by: microseconds since 1970, `i64::MAX` without one.
pub(super) fn deadline_key(deadline: Option<Timestamp>) -> i64 {
    deadline.map_or(i64::MAX, |at| at.timestamp_micros())
}

/// Which people are asked for, in the order of their ids.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UserQuery {
    /// One of these roles; empty: any.
    pub roles: Vec<Role>,
    /// In use or not.
    pub active: Option<bool>,
    /// This text of one line occurs in the name, the username or the address, in any case of ASCII letters.
    pub text: Option<String>,
    /// The page starts after this person.
    pub after: Option<UserId>,
    /// How many at most.
    pub limit: u32,
}

impl UserQuery {
    /// Returns what [`User::search_text`](super::user::User::search_text) must contain; none without a text.
    pub fn search_part(&self) -> Option<String> {
        self.text.as_ref().map(|text| text.to_ascii_lowercase())
    }
}

/// How many tickets a requester has, by status and priority.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TicketCounts {
    /// How many of each status; those without tickets are left out.
    pub by_status: Vec<(Status, u64)>,
    /// How many of each priority; those without tickets are left out.
    pub by_priority: Vec<(Priority, u64)>,
}

/// The first ticket of one lane of the backlog at one priority. Tickets that need the same skills form a lane, in the
/// order of their numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BacklogHead {
    /// The ticket.
    pub ticket: TicketId,
    /// Its number: the smaller, the older.
    pub number: u64,
    /// The lane, as [`Ticket::backlog_lane`] writes it.
    pub lane: String,
    /// How much it presses.
    pub priority: Priority,
    /// Who asks.
    pub requester: UserId,
    /// When it was written.
    pub created_at: Timestamp,
}

/// One lane of the backlog at one priority, as a whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BacklogLane {
    /// The lane, as [`Ticket::backlog_lane`] writes it.
    pub lane: String,
    /// How much its tickets press.
    pub priority: Priority,
    /// How many they are, one at least.
    pub length: u64,
    /// When the oldest of them was written.
    pub oldest: Timestamp,
    /// How many of them wait because there is nobody who could take them.
    pub nobody: u64,
}

/// A ticket that may be moved to level the loads, see [`Ticket::is_unbegun`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unbegun {
    /// The ticket.
    pub ticket: TicketId,
    /// Its number: the smaller, the older.
    pub number: u64,
    /// The skills that it needs, as [`backlog_lane`] writes them.
    pub lane: String,
    /// How much it presses.
    pub priority: Priority,
    /// Who has it.
    pub assignee: UserId,
    /// When it was written.
    pub created_at: Timestamp,
}

impl BacklogHead {
    /// Describes a ticket of the backlog as the head of its lane.
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
    /// Describes an assigned ticket; none without an assignee.
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
