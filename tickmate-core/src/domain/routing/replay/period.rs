//! The input of a replay: staff, their presence, and the tickets of a period.

use crate::domain::{
    id::UserId,
    presence::Presence,
    priority::Priority,
    routing::{BoardTicket, Staff},
    skill::Skill,
    time::{Span, Timestamp},
};

/// The maximum number of tickets of a period.
pub const MAX_TICKETS: usize = 50_000;
/// The maximum number of presence changes of a period.
pub const MAX_CHANGES: usize = 500_000;
/// The maximum effort of one replay: the events, and for each of them the tickets and backlog lanes that a router may
/// have to examine. It bounds the processor time of a replay.
pub const MAX_EFFORT: u64 = 50_000_000;
/// The maximum of [`Period::drain`].
pub const MAX_DRAIN: Span = Span::days(7);
/// The maximum work on a ticket; longer work is clamped to it.
pub(super) const MAX_WORK: Span = Span::days(366);

/// A period to replay.
#[derive(Debug, Clone)]
pub struct Period {
    /// When the period begins. Ticks are counted from here, and no ticket or change is older.
    pub from: Timestamp,
    /// The staff, with their presence when the period begins. Their open tickets and last assignments are ignored.
    pub staff: Vec<Staff>,
    /// The presence changes, in any order. Changes of users who are not in `staff` are ignored.
    pub changes: Vec<PresenceChange>,
    /// The tickets, in any order. If two have the same number, the older one counts.
    pub tickets: Vec<ReplayTicket>,
    /// How long a user may be away before it counts as absence.
    pub away_limit: Span,
    /// How long the staff works off unfinished tickets after the last ticket was created; clamped to [`MAX_DRAIN`].
    pub drain: Span,
}

/// A change of a user's presence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PresenceChange {
    /// When it happens.
    pub at: Timestamp,
    /// The user.
    pub person: UserId,
    /// The new presence.
    pub presence: Presence,
    /// When the user's shift ends, if known.
    pub shift_ends: Option<Timestamp>,
}

/// A ticket to replay.
#[derive(Debug, Clone)]
pub struct ReplayTicket {
    /// The ticket's number: the smaller, the older.
    pub number: u64,
    /// The priority.
    pub priority: Priority,
    /// The requester.
    pub requester: UserId,
    /// The required skills.
    pub skills: Vec<Skill>,
    /// When the ticket was created.
    pub written: Timestamp,
    /// How long the work takes; clamped to 1 millisecond to 366 days.
    pub work: Span,
}

/// A period, or the effort of its replay, exceeds a limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TooMuch {
    /// Too many tickets.
    #[error("there are more than {MAX_TICKETS} tickets")]
    Tickets,
    /// Too many changes of presence.
    #[error("there are more than {MAX_CHANGES} presence changes")]
    Changes,
    /// The replay takes too much effort, see [`MAX_EFFORT`].
    #[error("the replay takes too much effort")]
    Work,
}

impl Period {
    /// Checks the limits of the period.
    ///
    /// # Errors
    /// Returns the limit that is exceeded.
    pub fn check(&self) -> Result<(), TooMuch> {
        if self.tickets.len() > MAX_TICKETS {
            return Err(TooMuch::Tickets);
        }
        if self.changes.len() > MAX_CHANGES {
            return Err(TooMuch::Changes);
        }
        Ok(())
    }
}

impl ReplayTicket {
    /// Returns the ticket as the board sees it.
    pub fn shown(&self) -> BoardTicket {
        BoardTicket {
            number: self.number,
            priority: self.priority,
            requester: self.requester,
            skills: self.skills.clone(),
            written: self.written,
        }
    }
}
