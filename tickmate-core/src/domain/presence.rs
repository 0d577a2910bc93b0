//! Presence: whether a member of staff takes work, by the availability that they set and by their shift.

use serde::{Deserialize, Serialize};

use super::time::{Span, Timestamp, has_passed};

/// Whether a member of staff takes work now.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
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
    parse_err_ty = UnknownAvailability,
    parse_err_fn = unknown_availability
)]
pub enum Availability {
    /// Takes work.
    Online,
    /// Back soon: keeps what was not begun for a while.
    Away,
    /// Gone: what was not begun goes back to the queue.
    Offline,
}

/// A word that names no availability.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be one of online, away, offline")]
pub struct UnknownAvailability;

impl Availability {
    /// Every availability.
    pub const ALL: [Self; 3] = [Self::Online, Self::Away, Self::Offline];

    /// The word on the wire and in stores.
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

const fn unknown_availability(_: &str) -> UnknownAvailability {
    UnknownAvailability
}

/// Whether a member of staff takes work, and why not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Presence {
    /// Takes work.
    Present,
    /// Said to be back soon.
    Away,
    /// Would take work, were it not for the working hours.
    OffShift,
    /// Said to be gone.
    Offline,
}

impl Presence {
    /// What follows from what somebody said and the shift. Who is away or offline is so on and off shift.
    pub const fn of(availability: Availability, on_shift: bool) -> Self {
        match (availability, on_shift) {
            (Availability::Offline, _) => Self::Offline,
            (Availability::Away, _) => Self::Away,
            (Availability::Online, false) => Self::OffShift,
            (Availability::Online, true) => Self::Present,
        }
    }
}

/// Whether a user with this presence since a moment is absent: gone, or taking no work for at least `away_limit`.
pub fn is_absent(presence: Presence, since: Timestamp, now: Timestamp, away_limit: Span) -> bool {
    match presence {
        Presence::Present => false,
        Presence::Away | Presence::OffShift => has_passed(away_limit, since, now),
        Presence::Offline => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_word_counts_before_the_shift() {
        for (availability, on, off) in [
            (Availability::Online, Presence::Present, Presence::OffShift),
            (Availability::Away, Presence::Away, Presence::Away),
            (Availability::Offline, Presence::Offline, Presence::Offline),
        ] {
            assert_eq!(Presence::of(availability, true), on);
            assert_eq!(Presence::of(availability, false), off);
        }
    }
}
