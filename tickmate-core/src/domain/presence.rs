//! Presence: whether a member of staff accepts work, by the chosen availability and the shift.

use serde::{Deserialize, Serialize};

use super::time::{Span, Timestamp, has_passed};

/// The availability that a member of staff has chosen.
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
    /// Accepts work.
    Online,
    /// Back soon: keeps unbegun tickets for a while.
    Away,
    /// Gone: unbegun tickets return to the backlog.
    Offline,
}

/// The error for a text that is not an availability.
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

/// Whether a member of staff accepts work, and why not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Presence {
    /// Accepts work.
    Present,
    /// Has chosen [`Availability::Away`].
    Away,
    /// Is online, but outside of the working hours.
    OffShift,
    /// Has chosen [`Availability::Offline`].
    Offline,
}

impl Presence {
    /// Computes the presence. A user who is away or offline is so during and outside of the shift.
    pub const fn of(availability: Availability, on_shift: bool) -> Self {
        match (availability, on_shift) {
            (Availability::Offline, _) => Self::Offline,
            (Availability::Away, _) => Self::Away,
            (Availability::Online, false) => Self::OffShift,
            (Availability::Online, true) => Self::Present,
        }
    }
}

/// Returns whether a user with this presence since a moment is absent: offline, or not accepting work for at least `away_limit`.
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
    fn availability_takes_precedence_over_the_shift() {
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
