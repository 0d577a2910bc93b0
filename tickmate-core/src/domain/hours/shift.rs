//! Whether somebody is within working hours, and when that changes next.

use chrono::NaiveDate;

use super::{Holidays, WorkingHours};
use crate::domain::time::{Span, Timestamp};

/// The farthest boundary that is looked for, in days before and after the moment asked about.
pub const HORIZON_DAYS: i64 = 400;

/// Days at the edge of a window whose spans may be cut by it: a span reaches into the next day, a zone may skip one.
const MARGIN_DAYS: i64 = 3;

/// How many days of the calendar are laid out on each side: most answers lie within a week, so few at first.
const WINDOWS: [i64; 3] = [8, 60, HORIZON_DAYS + MARGIN_DAYS + 1];

/// Where a moment stands to somebody's working hours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ShiftWindow {
    /// Whether the moment is within working hours.
    pub on: bool,
    /// The last moment, at or before the one asked about, at which `on` changed; none within [`HORIZON_DAYS`].
    pub since: Option<Timestamp>,
    /// The next moment at which `on` changes: from it on, the opposite holds. None within [`HORIZON_DAYS`], so that
    /// it is worth asking again after as long. To be kept by the caller, who asks again then and not before.
    pub until: Option<Timestamp>,
}

/// A stretch of working time without a break, its end not included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Run {
    start: Timestamp,
    end: Timestamp,
}

impl WorkingHours {
    /// Where `now` stands to these hours. Spans that touch or overlap are one, so that each boundary is a change.
    ///
    /// A start or an end that the clock leaves out when it is put forward is the end of the gap. One that it shows
    /// twice when it is put back counts the first time as a start and the second time as an end. Somebody is never
    /// on beyond the years -9999 to 9999.
    pub fn window_at(&self, holidays: &Holidays, now: Timestamp) -> ShiftWindow {
        let mut shift = ShiftWindow {
            on: false,
            since: None,
            until: None,
        };
        let Some(today) = self.zone.local(now).map(|local| local.date()) else {
            return shift;
        };
        for days in WINDOWS {
            let known = Span::days((days - MARGIN_DAYS).min(HORIZON_DAYS));
            shift = shift_among(&self.runs(holidays, today, days), now, known);
            if shift.since.is_some() && shift.until.is_some() {
                break;
            }
        }
        shift
    }

    /// The working time that starts on the dates around one, in order, without overlaps.
    fn runs(&self, holidays: &Holidays, around: NaiveDate, days: i64) -> Vec<Run> {
        let dates =
            (-days..=days).filter_map(|offset| around.checked_add_signed(Span::days(offset)));
        let mut runs: Vec<Run> = dates
            .flat_map(|date| {
                let spans = self.spans_on(holidays, date).iter();
                spans.filter_map(move |span| span.on(date))
            })
            .filter_map(|(start, end)| {
                let (start, end) = (self.zone.first(start)?, self.zone.last(end)?);
                (start < end).then_some(Run { start, end })
            })
            .collect();
        runs.sort_by_key(|run| run.start);
        runs.dedup_by(|next, run| {
            let joined = next.start <= run.end;
            if joined {
                run.end = run.end.max(next.end);
            }
            joined
        });
        runs
    }
}

/// What the runs say about a moment, and their boundaries where they are within `known` of it.
fn shift_among(runs: &[Run], now: Timestamp, known: Span) -> ShiftWindow {
    let begun = runs.partition_point(|run| run.start <= now);
    let (begun, ahead) = runs.split_at(begun);
    let last = begun.last();
    let on = last.is_some_and(|run| now < run.end);
    let (since, until) = if on {
        (last.map(|run| run.start), last.map(|run| run.end))
    } else {
        (last.map(|run| run.end), ahead.first().map(|run| run.start))
    };
    let near = |boundary: &Timestamp| (*boundary - now).abs() <= known;
    ShiftWindow {
        on,
        since: since.filter(near),
        until: until.filter(near),
    }
}
