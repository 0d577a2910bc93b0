//! The priority of a ticket.

use serde::{Deserialize, Serialize};

/// The urgency of a ticket, in ascending order.
#[derive(
    Debug,
    Clone,
    Copy,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    strum::EnumString,
    strum::IntoStaticStr,
)]
#[serde(rename_all = "snake_case")]
#[strum(
    serialize_all = "snake_case",
    ascii_case_insensitive,
    parse_err_ty = UnknownPriority,
    parse_err_fn = unknown_priority
)]
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
    pub fn as_str(self) -> &'static str {
        self.into()
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

const fn unknown_priority(_: &str) -> UnknownPriority {
    UnknownPriority
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
