//! What is replayed: people, when they are there, and the tickets of a period.

use crate::domain::{
    id::UserId,
    presence::Presence,
    priority::Priority,
    routing::{BoardTicket, Staff},
    skill::Skill,
    time::{Span, Timestamp},
};

/// The most tickets of a period.
pub const MAX_TICKETS: usize = 50_000;
/// The most changes of presence of a period.
pub const MAX_CHANGES: usize = 500_000;
/// The most that one replay looks at: what happens, and each time the tickets and lines of the queue that a router may
/// have to look at for it. It bounds the time that a replay takes of a processor.
pub const MAX_EFFORT: u64 = 50_000_000;
/// The longest [`Period::drain`].
pub const MAX_DRAIN: Span = Span::days(7);
/// The longest that work on a ticket takes; more counts as this.
pub(super) const MAX_WORK: Span = Span::days(366);

/// A period to replay.
#[derive(Debug, Clone)]
pub struct Period {
    /// When it begins. The minutes are counted from here, and no ticket and no change is older.
    pub from: Timestamp,
    /// Who could be given tickets, and whether they are there when the period begins. What they have, and when they
    /// were given it, is not looked at.
    pub staff: Vec<Staff>,
    /// When people come and go, in any order. Those of nobody among the staff are ignored.
    pub changes: Vec<PresenceChange>,
    /// The tickets, in any order. Of two with one number the first counts.
    pub tickets: Vec<ReplayTicket>,
    /// How long somebody may be away before it counts as absence.
    pub away_limit: Span,
    /// For how long what is left is worked off after the last ticket was written; more than [`MAX_DRAIN`] counts as
    /// this.
    pub drain: Span,
}

/// Somebody comes, goes or is away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PresenceChange {
    /// When.
    pub at: Timestamp,
    /// Who.
    pub person: UserId,
    /// How the person is from then on.
    pub presence: Presence,
    /// When the shift ends in which the person is then, as far as that is known.
    pub shift_ends: Option<Timestamp>,
}

/// A ticket to replay.
#[derive(Debug, Clone)]
pub struct ReplayTicket {
    /// Its number: the smaller, the older.
    pub number: u64,
    /// How much it presses.
    pub priority: Priority,
    /// Who asks.
    pub requester: UserId,
    /// The required skills.
    pub skills: Vec<Skill>,
    /// When it was written.
    pub written: Timestamp,
    /// How long somebody works on it: a millisecond at least, a year at most.
    pub work: Span,
}

/// A period, or the work on it, that is too large to replay.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TooMuch {
    /// Too many tickets.
    #[error("there are more than {MAX_TICKETS} tickets")]
    Tickets,
    /// Too many changes of presence.
    #[error("people come and go more than {MAX_CHANGES} times")]
    Changes,
    /// Too much is to be looked at, see [`MAX_EFFORT`].
    #[error("too much work")]
    Work,
}

impl Period {
    /// Checks that it is not too large.
    ///
    /// # Errors
    /// Says what there is too much of.
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
    /// What a router is shown of it.
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
