//! Whether a member of staff takes work: what the person said, and the shift.

use serde::{Deserialize, Serialize};

use crate::domain::user::Availability;

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
