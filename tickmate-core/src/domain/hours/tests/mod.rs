//! Shifts in tables: weeks, exceptions, holidays, ends of years, and the limits of time.

mod clocks;
mod properties;
mod wire;

use chrono::NaiveDate;
use serde_json::{Value, json};

use super::{HORIZON_DAYS, Holidays, ShiftWindow, WorkingHours};
use crate::domain::time::{Span, Timestamp, from_micros};

fn hours(value: &Value) -> WorkingHours {
    WorkingHours::parse(value).unwrap()
}

/// Returns hours with the same spans on each day of the week.
fn daily(zone: &str, spans: &Value) -> WorkingHours {
    let week: serde_json::Map<String, Value> = super::DAYS
        .iter()
        .map(|day| ((*day).to_owned(), spans.clone()))
        .collect();
    hours(&json!({ "zone": zone, "week": week }))
}

/// Parses a moment such as `2026-03-29T01:00Z`, also with another offset.
fn at(text: &str) -> Timestamp {
    let parsed = chrono::DateTime::parse_from_str(text, "%Y-%m-%dT%H:%M%#z").unwrap();
    parsed.to_utc()
}

fn date(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// Checks the shift at a moment, without holidays: on or not, since when, until when.
#[track_caller]
fn check(hours: &WorkingHours, now: &str, on: bool, since: &str, until: &str) {
    check_with(hours, &Holidays::default(), now, on, since, until);
}

#[track_caller]
fn check_with(
    hours: &WorkingHours,
    holidays: &Holidays,
    now: &str,
    on: bool,
    since: &str,
    until: &str,
) {
    let expected = ShiftWindow {
        on,
        since: Some(at(since)),
        until: Some(at(until)),
    };
    assert_eq!(hours.window_at(holidays, at(now)), expected, "at {now}");
}

fn office() -> Value {
    json!({
        "zone": "Europe/Berlin",
        "week": { "mon": [["09:00", "12:30"], ["13:00", "17:30"]], "fri": [["22:00", "06:00"]] },
        "exceptions": [{ "date": "2026-12-28", "spans": [["10:00", "24:00"]] }, { "date": "2026-12-24", "spans": [] }]
    })
}

#[test]
fn a_week_has_these_boundaries() {
    let hours = hours(&office());
    // Monday 2026-11-16; Berlin is at +01:00. Friday's night shift ended on Saturday.
    check(
        &hours,
        "2026-11-16T08:59+01:00",
        false,
        "2026-11-14T06:00+01:00",
        "2026-11-16T09:00+01:00",
    );
    check(
        &hours,
        "2026-11-16T09:00+01:00",
        true,
        "2026-11-16T09:00+01:00",
        "2026-11-16T12:30+01:00",
    );
    check(
        &hours,
        "2026-11-16T12:29+01:00",
        true,
        "2026-11-16T09:00+01:00",
        "2026-11-16T12:30+01:00",
    );
    check(
        &hours,
        "2026-11-16T12:30+01:00",
        false,
        "2026-11-16T12:30+01:00",
        "2026-11-16T13:00+01:00",
    );
    check(
        &hours,
        "2026-11-16T17:30+01:00",
        false,
        "2026-11-16T17:30+01:00",
        "2026-11-20T22:00+01:00",
    );
    check(
        &hours,
        "2026-11-21T05:59+01:00",
        true,
        "2026-11-20T22:00+01:00",
        "2026-11-21T06:00+01:00",
    );
}

#[test]
fn spans_that_touch_or_overlap_are_one() {
    let spans = json!([
        ["13:00", "17:00"],
        ["09:00", "13:00"],
        ["10:00", "11:00"],
        ["16:00", "24:00"]
    ]);
    let day = daily("UTC", &spans);
    check(
        &day,
        "2026-11-16T13:00Z",
        true,
        "2026-11-16T09:00Z",
        "2026-11-17T00:00Z",
    );
    // Across midnight and days: from Friday 20:00 until Sunday noon.
    let weekend = hours(&json!({ "zone": "UTC", "week": {
        "fri": [["20:00", "24:00"]], "sat": [["00:00", "12:00"], ["11:00", "00:00"]], "sun": [["00:00", "12:00"]]
    } }));
    check(
        &weekend,
        "2026-11-21T12:00Z",
        true,
        "2026-11-20T20:00Z",
        "2026-11-22T12:00Z",
    );
    check(
        &weekend,
        "2026-11-22T12:00Z",
        false,
        "2026-11-22T12:00Z",
        "2026-11-27T20:00Z",
    );
}

#[test]
fn hours_that_never_change_have_no_boundary() {
    let never = ShiftWindow {
        on: false,
        since: None,
        until: None,
    };
    let always = ShiftWindow { on: true, ..never };
    let holidays = Holidays::default();
    let free = daily("America/New_York", &json!([]));
    let whole = daily("America/New_York", &json!([["00:00", "24:00"]]));
    let rolling = daily(
        "Australia/Lord_Howe",
        &json!([["08:00", "20:00"], ["20:00", "08:00"]]),
    );
    for now in [
        "1970-01-01T00:00Z",
        "2026-03-29T01:00Z",
        "2026-11-01T06:30Z",
        "2150-07-01T00:00Z",
    ] {
        assert_eq!(free.window_at(&holidays, at(now)), never);
        assert_eq!(whole.window_at(&holidays, at(now)), always);
        assert_eq!(rolling.window_at(&holidays, at(now)), always);
    }
}

#[test]
fn boundaries_are_searched_up_to_the_horizon() {
    let once = hours(&json!({ "zone": "UTC", "week": {},
        "exceptions": [{ "date": "2026-06-01", "spans": [["00:00", "24:00"]] }] }));
    let (start, end) = (at("2026-06-01T00:00Z"), at("2026-06-02T00:00Z"));
    let far = Span::days(HORIZON_DAYS);
    let tick = Span::microseconds(1);
    let window_at = |now| once.window_at(&Holidays::default(), now);
    assert_eq!(window_at(start - far).until, Some(start));
    assert_eq!(window_at(start - far - tick).until, None);
    assert_eq!(window_at(end + far).since, Some(end));
    assert_eq!(window_at(end + far + tick).since, None);
    assert_eq!(window_at(start).since, Some(start));
    assert_eq!(window_at(end - tick).until, Some(end));
}

#[test]
fn a_shift_longer_than_a_search_window_has_the_same_boundaries_throughout() {
    let days = (0..100).map(|n| date("2026-03-01") + Span::days(n));
    let exceptions: Vec<Value> = days
        .map(|day| json!({ "date": day, "spans": [["06:00", "05:00"], ["05:00", "07:00"]] }))
        .collect();
    let watch = hours(&json!({ "zone": "Europe/Berlin", "week": {}, "exceptions": exceptions }));
    let (start, end) = (at("2026-03-01T05:00+01:00"), at("2026-06-09T05:00+02:00"));
    let expected = ShiftWindow {
        on: true,
        since: Some(start),
        until: Some(end),
    };
    let hours = (0..)
        .map(|n| start + Span::hours(n))
        .take_while(|now| *now < end);
    for now in hours {
        assert_eq!(
            watch.window_at(&Holidays::default(), now),
            expected,
            "at {now}"
        );
    }
}

#[test]
fn the_limits_of_time_are_off_shift() {
    let day = daily("Europe/Berlin", &json!([["00:00", "24:00"]]));
    for now in [
        from_micros(i64::MIN),
        from_micros(i64::MAX),
        Timestamp::MIN_UTC,
        Timestamp::MAX_UTC,
    ] {
        assert!(!day.window_at(&Holidays::default(), now).on);
    }
    for (year, month, on) in [(9999, 12, true), (-9999, 1, true), (10_000, 1, false)] {
        let noon =
            NaiveDate::from_ymd_opt(year, month, 20).and_then(|day| day.and_hms_opt(12, 0, 0));
        let shift = day.window_at(&Holidays::default(), noon.unwrap().and_utc());
        assert_eq!(shift.on, on, "in {year}");
    }
}

#[test]
fn exceptions_override_holidays_and_holidays_override_the_week() {
    let hours = hours(&json!({
        "zone": "Europe/Berlin",
        "week": { "wed": [["22:00", "06:00"]], "thu": [["09:00", "17:00"]], "fri": [["09:00", "17:00"]] },
        "exceptions": [{ "date": "2026-12-25", "spans": [["12:00", "14:00"]] }, { "date": "2026-12-31", "spans": [] }]
    }));
    let holidays: Holidays = ["2026-12-24", "2026-12-25"].map(date).into_iter().collect();
    assert!(holidays.contains(date("2026-12-24")) && !holidays.contains(date("2026-12-26")));
    let check = |now: &str, on: bool, since: &str, until: &str| {
        check_with(&hours, &holidays, now, on, since, until);
    };
    // The night shift of the day before runs into the holiday; an exception overrides a holiday.
    check(
        "2026-12-24T05:00+01:00",
        true,
        "2026-12-23T22:00+01:00",
        "2026-12-24T06:00+01:00",
    );
    check(
        "2026-12-24T10:00+01:00",
        false,
        "2026-12-24T06:00+01:00",
        "2026-12-25T12:00+01:00",
    );
    check(
        "2026-12-25T13:00+01:00",
        true,
        "2026-12-25T12:00+01:00",
        "2026-12-25T14:00+01:00",
    );
    // The exception at the end of the year is free after the night shift of the day before.
    check(
        "2026-12-31T07:00+01:00",
        false,
        "2026-12-31T06:00+01:00",
        "2027-01-01T09:00+01:00",
    );
}

#[test]
fn shifts_continue_across_years_and_leap_days() {
    let night = daily("Asia/Kolkata", &json!([["22:00", "06:00"]]));
    check(
        &night,
        "2026-12-31T23:59+05:30",
        true,
        "2026-12-31T22:00+05:30",
        "2027-01-01T06:00+05:30",
    );
    check(
        &night,
        "2027-01-01T00:00+05:30",
        true,
        "2026-12-31T22:00+05:30",
        "2027-01-01T06:00+05:30",
    );
    check(
        &night,
        "2028-02-29T01:00+05:30",
        true,
        "2028-02-28T22:00+05:30",
        "2028-02-29T06:00+05:30",
    );
    check(
        &night,
        "2028-03-01T01:00+05:30",
        true,
        "2028-02-29T22:00+05:30",
        "2028-03-01T06:00+05:30",
    );
    let leap = hours(
        &json!({ "zone": "UTC", "week": { "tue": [["09:00", "17:00"]] },
        "exceptions": [{ "date": "2028-02-29", "spans": [["10:00", "11:00"]] }] }),
    );
    check(
        &leap,
        "2028-02-29T09:30Z",
        false,
        "2028-02-22T17:00Z",
        "2028-02-29T10:00Z",
    );
}
