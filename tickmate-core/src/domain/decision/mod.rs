//! Decisions: which assignee the router chose for a ticket or why the ticket waits, and the record of the decision.

mod record;

use serde::{Deserialize, Serialize};

pub use self::record::{Cause, DecidedBy, DecisionRecord, RankingKey, RunnerUp, SkippedStaff};
use super::id::UserId;

/// How well the candidates fit a ticket.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    strum::IntoStaticStr,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Tier {
    /// Covers every required skill.
    Full,
    /// Covers a large enough part of the skills, because nobody covers all of them or nobody who does has been free
    /// for long.
    Partial,
    /// Admins handle the ticket, because nobody covers enough skills, the ticket has no usable skill, or too many
    /// users declined it.
    Admins,
}

impl Tier {
    /// Returns the name in stores.
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// The decision on a ticket, with its record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// The ticket is assigned.
    Assign(AssigneeChoice),
    /// The ticket waits in the backlog.
    Wait(NotAssigned),
}

/// The chosen assignee of a ticket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AssigneeChoice {
    /// The assignee.
    pub to: UserId,
    /// The record of the decision.
    pub why: DecisionRecord,
}

/// The reason why a ticket waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotAssigned {
    /// The reason in brief.
    pub reason: QueueReason,
    /// The record of the decision.
    pub why: DecisionRecord,
}

impl AssigneeChoice {
    /// Returns the same choice with another cause in its record.
    #[must_use]
    pub const fn because(mut self, cause: Cause) -> Self {
        self.why.cause = cause;
        self
    }
}

impl Decision {
    /// Returns the record of the decision.
    pub const fn why(&self) -> &DecisionRecord {
        match self {
            Self::Assign(choice) => &choice.why,
            Self::Wait(hold) => &hold.why,
        }
    }

    /// Returns the assignee, if there is one.
    pub const fn to(&self) -> Option<UserId> {
        match self {
            Self::Assign(choice) => Some(choice.to),
            Self::Wait(_) => None,
        }
    }
}

/// Why a ticket has no assignee.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, strum::IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum QueueReason {
    /// All users who could take it are full or absent.
    Full,
    /// No user could take it.
    Nobody,
}

impl QueueReason {
    /// Both reasons.
    pub const ALL: [Self; 2] = [Self::Full, Self::Nobody];

    /// Returns the name on the wire and in stores.
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}
