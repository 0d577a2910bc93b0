//! Working hours as they stand at one moment: on shift or off, and until when.

use serde::{Deserialize, Serialize};

use super::{
    hours::{HORIZON_DAYS, Holidays},
    time::{Span, Timestamp, micros, micros_or_none},
    user::User,
};

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

impl User {
    /// The shift at a moment, by the person's hours: without any it goes on for ever.
    pub fn shift_at(&self, holidays: &Holidays, now: Timestamp) -> Shift {
        let Some(hours) = &self.hours else {
            return Shift::open(if self.shift.on { self.shift.since } else { now });
        };
        let found = hours.shift_at(holidays, now);
        let unchanged = found.on == self.shift.on;
        Shift {
            on: found.on,
            since: match unchanged {
                true => self.shift.since,
                false => found.since.unwrap_or(now).min(now),
            },
            // What lies beyond the horizon is looked for from there.
            until: Some(found.until.unwrap_or(now + Span::days(HORIZON_DAYS))),
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
