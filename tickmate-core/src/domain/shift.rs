//! Shifts: whether a member of staff works at a moment, and until when.

use serde::{Deserialize, Serialize};

use super::time::{Timestamp, micros, micros_or_none};

/// Whether a member of staff works now. A user without working hours is always on shift.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shift {
    /// Whether the user is on shift.
    pub on: bool,
    /// Since when.
    #[serde(with = "micros")]
    pub since: Timestamp,
    /// When to compute it again: the next start or end of work. None: never.
    #[serde(default, with = "micros_or_none")]
    pub until: Option<Timestamp>,
}

impl Shift {
    /// Creates a shift that began at this moment and never ends.
    pub const fn open(since: Timestamp) -> Self {
        Self {
            on: true,
            since,
            until: None,
        }
    }

    /// Returns when work ends; none if the user is off shift or no end is known.
    pub const fn ends(&self) -> Option<Timestamp> {
        match self.on {
            true => self.until,
            false => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::time::from_micros;

    #[test]
    fn only_a_running_shift_ends() {
        let [since, until] = [1, 2].map(from_micros);
        for (on, until, ends) in [
            (true, Some(until), Some(until)),
            (true, None, None),
            (false, Some(until), None),
            (false, None, None),
        ] {
            assert_eq!(Shift { on, since, until }.ends(), ends);
        }
        assert_eq!(Shift::open(since).ends(), None);
    }
}
