//! Working hours as they stand at one moment: on shift or off, and until when.

use serde::{Deserialize, Serialize};

use super::time::{Timestamp, micros, micros_or_none};

/// Whether a member of staff works at the moment. Who has no working hours is always on shift.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shift {
    /// On shift.
    pub on: bool,
    /// Since when.
    #[serde(with = "micros")]
    pub since: Timestamp,
    /// When that is to be looked at again: the next beginning or end of work. None: it stays.
    #[serde(default, with = "micros_or_none")]
    pub until: Option<Timestamp>,
}

impl Shift {
    /// On shift since this moment, for good.
    pub const fn open(since: Timestamp) -> Self {
        Self {
            on: true,
            since,
            until: None,
        }
    }

    /// When work ends. None for who is off shift, and where no end is known.
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
    fn only_work_that_goes_on_ends() {
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
