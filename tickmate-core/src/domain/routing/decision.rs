//! What the router decides, and why, in words for people.

use serde::{Deserialize, Serialize};

use crate::domain::{id::UserId, ticket::QueueReason};

/// How well somebody fits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tier {
    /// Covers every required skill.
    Full,
    /// Nobody covers all; this person covers the largest part.
    Partial,
    /// Nobody covers any, or no skill is asked for: an admin looks at it.
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

/// What becomes of a ticket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// Somebody gets it.
    Assign(Choice),
    /// It waits.
    Wait(QueueReason),
}

/// Who gets a ticket, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// The person.
    pub to: UserId,
    /// How well the person fits.
    pub tier: Tier,
    /// How many required skills the person covers.
    pub covered: usize,
    /// How many skills are required.
    pub required: usize,
    /// How many open tickets the person has so far.
    pub active: u32,
    /// How many the person takes.
    pub capacity: u32,
    /// How many people fit as well and have room.
    pub candidates: usize,
}

impl Choice {
    /// Why this person, as a sentence.
    pub fn reason(&self) -> String {
        let fit = match self.tier {
            Tier::Full if self.required == 1 => "covers the required skill".to_owned(),
            Tier::Full => format!("covers all {} required skills", self.required),
            Tier::Partial => format!(
                "covers {} of {} required skills, and nobody covers more",
                self.covered, self.required
            ),
            Tier::Admins if self.required == 0 => {
                "an admin, because no skill was found in it".to_owned()
            }
            Tier::Admins => "an admin, because nobody covers any of its skills".to_owned(),
        };
        let load = format!("{} of {} places taken", self.active, self.capacity);
        match self.candidates {
            0 | 1 => format!("{fit}; {load}; nobody else fits and has room"),
            n => format!("{fit}; {load}, fewest of {n} who fit, longest without a new one"),
        }
    }
}
