//! The priority of a ticket.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The urgency of a ticket, in ascending order.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Priority {
    /// The ticket can wait.
    Low,
    /// The default.
    #[default]
    Medium,
    /// A user can't work.
    High,
    /// Many users can't work.
    Urgent,
}

/// The error for a text that is not a priority.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be one of low, medium, high, urgent")]
pub struct UnknownPriority;

impl Priority {
    /// Every priority in ascending order.
    pub const ALL: [Self; 4] = [Self::Low, Self::Medium, Self::High, Self::Urgent];

    /// The word on the wire and in stores.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Urgent => "urgent",
        }
    }

    /// Returns the rank from 0 (low) to 3 (urgent), by which stores sort.
    pub const fn rank(self) -> u8 {
        match self {
            Self::Low => 0,
            Self::Medium => 1,
            Self::High => 2,
            Self::Urgent => 3,
        }
    }
}

impl FromStr for Priority {
    type Err = UnknownPriority;

    /// Takes the words in any case.
    fn from_str(text: &str) -> Result<Self, UnknownPriority> {
        let lower = text.to_ascii_lowercase();
        Self::ALL
            .into_iter()
            .find(|priority| priority.as_str() == lower)
            .ok_or(UnknownPriority)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_ranks_agree() {
        for (rank, priority) in Priority::ALL.into_iter().enumerate() {
            assert_eq!(usize::from(priority.rank()), rank);
            assert_eq!(priority.as_str().to_uppercase().parse(), Ok(priority));
        }
        assert_eq!("none".parse::<Priority>(), Err(UnknownPriority));
    }
}
