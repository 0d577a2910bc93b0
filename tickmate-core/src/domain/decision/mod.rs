//! Decisions: whom the router chose for a ticket or why the ticket waits, and the record of it.

mod record;

use serde::{Deserialize, Serialize};

pub use self::record::{Cause, DecidedBy, DecisionRecord, RankingKey, RunnerUp, SkippedStaff};
use super::id::UserId;

/// How well somebody fits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tier {
    /// Covers every required skill.
    Full,
    /// Nobody covers all, or nobody who does has been free for long; this person covers a large enough part.
    Partial,
    /// Nobody covers enough, no skill is asked for, or too many gave it back: an admin looks at it.
    Admins,
}

impl Tier {
    /// The word in stores.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Partial => "partial",
            Self::Admins => "admins",
        }
    }
}

/// What becomes of a ticket, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// Somebody gets it.
    Assign(AssigneeChoice),
    /// It is held.
    Wait(NotAssigned),
}

/// Who gets a ticket, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AssigneeChoice {
    /// The person.
    pub to: UserId,
    /// Why.
    pub why: DecisionRecord,
}

/// Why a ticket is held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotAssigned {
    /// In a word.
    pub reason: QueueReason,
    /// In full.
    pub why: DecisionRecord,
}

impl AssigneeChoice {
    /// The same choice, recorded with another cause.
    #[must_use]
    pub const fn because(mut self, cause: Cause) -> Self {
        self.why.cause = cause;
        self
    }
}

impl Decision {
    /// Why, either way.
    pub const fn why(&self) -> &DecisionRecord {
        match self {
            Self::Assign(choice) => &choice.why,
            Self::Wait(hold) => &hold.why,
        }
    }

    /// Who gets it, if anybody does.
    pub const fn to(&self) -> Option<UserId> {
        match self {
            Self::Assign(choice) => Some(choice.to),
            Self::Wait(_) => None,
        }
    }
}

/// Why a ticket has no assignee.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum QueueReason {
    /// Everybody who could take it is full or absent.
    Full,
    /// No user could take it.
    Nobody,
}

impl QueueReason {
    /// Both reasons.
    pub const ALL: [Self; 2] = [Self::Full, Self::Nobody];

    /// The word on the wire and in stores.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Nobody => "nobody",
        }
    }
}
