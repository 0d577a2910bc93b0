//! A part of a working day, in wall time.

use chrono::{NaiveDate, NaiveDateTime, NaiveTime};
use serde::{Serialize, Serializer};

use crate::domain::time::Span;

/// The minutes of a day of 24 hours.
const DAY: u16 = 24 * 60;

/// A span from one wall time to another, to the minute: less than 24 hours, or the whole day. It belongs to the day on
/// which it starts; if its end is before its start, it ends on the next day. On the wire it is `["22:00", "06:00"]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct WallSpan {
    start: u16,
    end: u16,
}

impl WallSpan {
    /// Reads a span: both times as `HH:MM`, the end up to `24:00`.
    ///
    /// # Errors
    /// The rule that the span breaks, as a message for the author.
    pub fn parse(start: &str, end: &str) -> Result<Self, &'static str> {
        let start = minutes(start)
            .filter(|start| *start < DAY)
            .ok_or("must start at a time from 00:00 to 23:59, written HH:MM")?;
        let end = minutes(end).ok_or("must end at a time from 00:00 to 24:00, written HH:MM")?;
        if start == end {
            return Err("must not end when it starts; a whole day is 00:00 to 24:00");
        }
        Ok(Self { start, end })
    }

    /// Returns the start in minutes of wall time after midnight: 0 to 1,439.
    pub const fn start(self) -> u16 {
        self.start
    }

    /// Returns the end in minutes of wall time after the midnight before its start: 1 to 2,879.
    pub const fn end(self) -> u16 {
        if self.end < self.start {
            self.end + DAY
        } else {
            self.end
        }
    }

    /// Returns the wall times between which the span runs on a date, or `None` at the end of the calendar.
    pub(super) fn on(self, date: NaiveDate) -> Option<(NaiveDateTime, NaiveDateTime)> {
        let midnight = date.and_time(NaiveTime::MIN);
        let at = |minutes: u16| midnight.checked_add_signed(Span::minutes(minutes.into()));
        Some((at(self.start())?, at(self.end())?))
    }
}

impl Serialize for WallSpan {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let format_time = |minutes: u16| format!("{:02}:{:02}", minutes / 60, minutes % 60);
        [format_time(self.start), format_time(self.end)].serialize(serializer)
    }
}

/// Parses a time written `HH:MM`, 24:00 included, into minutes after midnight.
fn minutes(text: &str) -> Option<u16> {
    let &[h1, h2, b':', m1, m2] = text.as_bytes() else {
        return None;
    };
    let number = |tens: u8, ones: u8| {
        let digits = tens.is_ascii_digit() && ones.is_ascii_digit();
        digits.then(|| u16::from(tens - b'0') * 10 + u16::from(ones - b'0'))
    };
    let (hours, minutes) = (number(h1, h2)?, number(m1, m2)?);
    let total = hours * 60 + minutes;
    (minutes < 60 && total <= DAY).then_some(total)
}
