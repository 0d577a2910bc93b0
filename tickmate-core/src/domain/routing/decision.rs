//! What the router decides.

use serde::{Deserialize, Serialize};

use super::Decided;
use crate::domain::{id::UserId, ticket::QueueReason};

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
    Assign(Choice),
    /// It is held.
    Wait(Hold),
}

/// Who gets a ticket, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// The person.
    pub to: UserId,
    /// Why.
    pub why: Decided,
}

/// Why a ticket is held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hold {
    /// In a word.
    pub reason: QueueReason,
    /// In full.
    pub why: Decided,
}

impl Decision {
    /// Why, either way.
    pub const fn why(&self) -> &Decided {
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
