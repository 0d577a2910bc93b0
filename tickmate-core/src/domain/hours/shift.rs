//! Shift windows: whether a moment is within working hours, and when that changes next.

use chrono::NaiveDate;

use super::{Holidays, WorkingHours};
use crate::domain::time::{Span, Timestamp};

/// The largest distance of a boundary that is searched for, in days before and after the moment.
pub const HORIZON_DAYS: i64 = 400;

/// Days at the edge of a search window whose spans it may cut: a span reaches into the next day, a zone may skip one.
const MARGIN_DAYS: i64 = 3;

/// The numbers of days to search on each side. Most boundaries are within a week, so the first search is short.
const WINDOWS: [i64; 3] = [8, 60, HORIZON_DAYS + MARGIN_DAYS + 1];

/// The position of a moment relative to working hours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ShiftWindow {
    /// Whether the moment is within working hours.
    pub on: bool,
    /// The last change of `on`, at or before the moment; none within [`HORIZON_DAYS`].
    pub since: Option<Timestamp>,
    /// The next change of `on`: from it on, the opposite holds. None within [`HORIZON_DAYS`]: then compute it again after
    /// that time. The caller keeps it, and computes it again at that moment and not before.
    pub until: Option<Timestamp>,
}

/// A period of working time without a break, its end not included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Run {
    start: Timestamp,
    end: Timestamp,
}

impl WorkingHours {
    /// Returns the position of `now` relative to these hours. Spans that touch or overlap are one, so each boundary is a
    /// change.
    ///
    /// If the clock is put forward over a start or an end, it is the end of the gap. If the clock is put back and shows it
    /// twice, a start is the first time and an end is the second. Moments beyond the years -9999 to 9999 are never on.
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
            let reach = Span::days((days - MARGIN_DAYS).min(HORIZON_DAYS));
            shift = shift_among(&self.runs(holidays, today, days), now, reach);
            if shift.since.is_some() && shift.until.is_some() {
                break;
            }
        }
        shift
    }

    /// Returns the working time that starts on the dates around one, in order and without overlaps.
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
            let is_joined = next.start <= run.end;
            if is_joined {
                run.end = run.end.max(next.end);
            }
            is_joined
        });
        runs
    }
}

/// Returns the position of a moment relative to these runs, with the boundaries within `reach` of it.
fn shift_among(runs: &[Run], now: Timestamp, reach: Span) -> ShiftWindow {
    let begun = runs.partition_point(|run| run.start <= now);
    let (begun, ahead) = runs.split_at(begun);
    let last = begun.last();
    let on = last.is_some_and(|run| now < run.end);
    let (since, until) = if on {
        (last.map(|run| run.start), last.map(|run| run.end))
    } else {
        (last.map(|run| run.end), ahead.first().map(|run| run.start))
    };
    let is_near = |boundary: &Timestamp| (*boundary - now).abs() <= reach;
    ShiftWindow {
        on,
        since: since.filter(is_near),
        until: until.filter(is_near),
    }
}
