//! Shifts around clock changes.

use serde_json::json;

use super::{check, daily};

#[test]
fn shifts_follow_clocks_put_forward_in_berlin() {
    // 2026-03-29: after 01:59+01:00 comes 03:00+02:00.
    let day = daily("Europe/Berlin", &json!([["09:00", "17:30"]]));
    check(
        &day,
        "2026-03-29T08:59+02:00",
        false,
        "2026-03-28T17:30+01:00",
        "2026-03-29T09:00+02:00",
    );
    let night = daily("Europe/Berlin", &json!([["22:00", "06:00"]]));
    check(
        &night,
        "2026-03-29T01:59+01:00",
        true,
        "2026-03-28T22:00+01:00",
        "2026-03-29T06:00+02:00",
    );
    let starts_in_gap = daily("Europe/Berlin", &json!([["02:30", "10:00"]]));
    check(
        &starts_in_gap,
        "2026-03-29T01:59+01:00",
        false,
        "2026-03-28T10:00+01:00",
        "2026-03-29T03:00+02:00",
    );
    let ends_in_gap = daily("Europe/Berlin", &json!([["22:00", "02:30"]]));
    check(
        &ends_in_gap,
        "2026-03-29T01:59+01:00",
        true,
        "2026-03-28T22:00+01:00",
        "2026-03-29T03:00+02:00",
    );
    let all_in_gap = daily("Europe/Berlin", &json!([["02:10", "02:50"]]));
    check(
        &all_in_gap,
        "2026-03-29T03:00+02:00",
        false,
        "2026-03-28T02:50+01:00",
        "2026-03-30T02:10+02:00",
    );
}

#[test]
fn shifts_follow_clocks_put_back_in_berlin() {
    // 2026-10-25: after 02:59+02:00 comes 02:00+01:00.
    let night = daily("Europe/Berlin", &json!([["22:00", "06:00"]]));
    check(
        &night,
        "2026-10-25T02:30+01:00",
        true,
        "2026-10-24T22:00+02:00",
        "2026-10-25T06:00+01:00",
    );
    let starts_twice = daily("Europe/Berlin", &json!([["02:30", "10:00"]]));
    check(
        &starts_twice,
        "2026-10-25T02:10+01:00",
        true,
        "2026-10-25T02:30+02:00",
        "2026-10-25T10:00+01:00",
    );
    let ends_twice = daily("Europe/Berlin", &json!([["22:00", "02:30"]]));
    check(
        &ends_twice,
        "2026-10-25T02:45+02:00",
        true,
        "2026-10-24T22:00+02:00",
        "2026-10-25T02:30+01:00",
    );
    let ends_at_the_fold = daily("Europe/Berlin", &json!([["22:00", "03:00"]]));
    check(
        &ends_at_the_fold,
        "2026-10-25T02:59+01:00",
        true,
        "2026-10-24T22:00+02:00",
        "2026-10-25T03:00+01:00",
    );
}

#[test]
fn shifts_follow_clock_changes_in_new_york() {
    // 2026-03-08: after 01:59-05:00 comes 03:00-04:00. 2026-11-01: after 01:59-04:00 comes 01:00-05:00.
    let night = daily("America/New_York", &json!([["22:00", "06:00"]]));
    check(
        &night,
        "2026-03-08T03:00-04:00",
        true,
        "2026-03-07T22:00-05:00",
        "2026-03-08T06:00-04:00",
    );
    check(
        &night,
        "2026-11-01T01:30-05:00",
        true,
        "2026-10-31T22:00-04:00",
        "2026-11-01T06:00-05:00",
    );
    let gap = daily("America/New_York", &json!([["02:00", "04:00"]]));
    check(
        &gap,
        "2026-03-08T01:59-05:00",
        false,
        "2026-03-07T04:00-05:00",
        "2026-03-08T03:00-04:00",
    );
    let fold = daily("America/New_York", &json!([["01:15", "01:45"]]));
    check(
        &fold,
        "2026-11-01T01:50-04:00",
        true,
        "2026-11-01T01:15-04:00",
        "2026-11-01T01:45-05:00",
    );
}

#[test]
fn shifts_follow_clock_changes_of_half_an_hour() {
    // 2026-10-04: after 01:59+10:30 comes 02:30+11:00. 2026-04-05: after 01:59+11:00 comes 01:30+10:30.
    let night = daily("Australia/Lord_Howe", &json!([["22:00", "06:00"]]));
    check(
        &night,
        "2026-10-04T02:30+11:00",
        true,
        "2026-10-03T22:00+10:30",
        "2026-10-04T06:00+11:00",
    );
    check(
        &night,
        "2026-04-05T01:30+10:30",
        true,
        "2026-04-04T22:00+11:00",
        "2026-04-05T06:00+10:30",
    );
    let gap = daily("Australia/Lord_Howe", &json!([["02:15", "08:00"]]));
    check(
        &gap,
        "2026-10-04T01:59+10:30",
        false,
        "2026-10-03T08:00+10:30",
        "2026-10-04T02:30+11:00",
    );
    let fold = daily("Australia/Lord_Howe", &json!([["01:40", "01:50"]]));
    check(
        &fold,
        "2026-04-05T01:55+11:00",
        true,
        "2026-04-05T01:40+11:00",
        "2026-04-05T01:50+10:30",
    );
}

#[test]
fn midnight_may_be_missing_or_repeated_and_a_day_may_be_skipped() {
    // Beirut 2026-03-29: after 23:59+02:00 comes 01:00+03:00.
    let beirut = daily("Asia/Beirut", &json!([["00:30", "08:00"]]));
    check(
        &beirut,
        "2026-03-28T23:59+02:00",
        false,
        "2026-03-28T08:00+02:00",
        "2026-03-29T01:00+03:00",
    );
    // Havana 2026-11-01: after 00:59-04:00 comes 00:00-05:00.
    let havana = daily("America/Havana", &json!([["16:00", "24:00"]]));
    check(
        &havana,
        "2026-11-01T00:30-04:00",
        true,
        "2026-10-31T16:00-04:00",
        "2026-11-01T00:00-05:00",
    );
    // Apia had no 2011-12-30: after 23:59-10:00 came 00:00+14:00 of the day after.
    let apia = daily("Pacific/Apia", &json!([["09:00", "17:00"]]));
    check(
        &apia,
        "2011-12-29T20:00-10:00",
        false,
        "2011-12-29T17:00-10:00",
        "2011-12-31T09:00+14:00",
    );
}

#[test]
fn clocks_change_in_future_years_as_they_do_today() {
    let day = daily("Europe/Berlin", &json!([["09:00", "17:00"]]));
    check(
        &day,
        "2150-07-01T09:00+02:00",
        true,
        "2150-07-01T09:00+02:00",
        "2150-07-01T17:00+02:00",
    );
    check(
        &day,
        "2150-01-01T09:00+01:00",
        true,
        "2150-01-01T09:00+01:00",
        "2150-01-01T17:00+01:00",
    );
}
