//! Levels: how well a user has a skill, or how well a ticket requires it.

use serde::{Deserialize, Serialize};

/// A skill level: a number from 1 to 3 on the wire and in stores. A higher level includes the lower ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
pub enum Level {
    /// Knows the basics: 1.
    Novice = 1,
    /// Uses it every day: 2.
    Skilled = 2,
    /// Advises others: 3.
    Expert = 3,
}

/// The error for a number that is not a level.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be 1 (novice), 2 (skilled) or 3 (expert)")]
pub struct UnknownLevel;

impl Level {
    /// Every level, the lowest first.
    pub const ALL: [Self; 3] = [Self::Novice, Self::Skilled, Self::Expert];

    /// Returns the number on the wire and in stores.
    pub const fn as_u8(self) -> u8 {
        self as u8
    }
}

impl TryFrom<u8> for Level {
    type Error = UnknownLevel;

    fn try_from(number: u8) -> Result<Self, UnknownLevel> {
        Self::ALL
            .into_iter()
            .find(|level| level.as_u8() == number)
            .ok_or(UnknownLevel)
    }
}

impl From<Level> for u8 {
    fn from(level: Level) -> Self {
        level.as_u8()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_level_is_a_number_from_one_to_three() {
        for number in 0..=u8::MAX {
            let level = Level::try_from(number);
            assert_eq!(level.is_ok(), (1..=3).contains(&number), "{number}");
            assert_eq!(level.map_or(number, u8::from), number);
            let read = serde_json::from_str::<Level>(&number.to_string());
            assert_eq!(read.ok(), level.ok());
        }
        assert_eq!(serde_json::to_string(&Level::Expert).unwrap(), "3");
        for invalid in ["-1", "256", "1.5", "\"2\"", "null"] {
            assert!(serde_json::from_str::<Level>(invalid).is_err(), "{invalid}");
        }
        assert!(Level::Novice < Level::Skilled && Level::Skilled < Level::Expert);
    }
}
