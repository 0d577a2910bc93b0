//! The JSON form: what is read, what is refused with which message, and what is written.

use serde_json::{Value, json};

use super::{date, hours, office};
use crate::domain::{
    hours::{Holidays, WorkingHours, Zone},
    text::FieldError,
    time::Span,
};

#[test]
fn json_round_trips() {
    let parsed = hours(&office());
    let written = serde_json::to_value(&parsed).unwrap();
    let expected = json!({
        "zone": "Europe/Berlin",
        "week": {
            "mon": [["09:00", "12:30"], ["13:00", "17:30"]],
            "tue": [], "wed": [], "thu": [],
            "fri": [["22:00", "06:00"]],
            "sat": [], "sun": []
        },
        "exceptions": [{ "date": "2026-12-24", "spans": [] }, { "date": "2026-12-28", "spans": [["10:00", "24:00"]] }]
    });
    assert_eq!(written, expected);
    assert_eq!(hours(&written), parsed);
    let stored = serde_json::to_string(&parsed).unwrap();
    assert_eq!(
        serde_json::from_str::<WorkingHours>(&stored).unwrap(),
        parsed
    );
}

#[test]
fn errors_name_their_field() {
    let with = |zone: Value, week: Value, exceptions: Value| json!({ "zone": zone, "week": week, "exceptions": exceptions });
    let zone = |zone: Value| with(zone, json!({}), json!([]));
    let mon = |spans: Value| with(json!("UTC"), json!({ "mon": spans }), json!([]));
    let exceptions = |exceptions: Value| with(json!("UTC"), json!({}), exceptions);
    let off = |date: &str| json!({ "date": date, "spans": [] });
    let many: Vec<Value> = (0..1_001).map(|_| off("2026-01-01")).collect();
    let iana = "must be the IANA name of a time zone, such as Europe/Berlin";
    let starts = "must start at a time from 00:00 to 23:59, written HH:MM";
    let ends = "must end at a time from 00:00 to 24:00, written HH:MM";
    let pair = r#"must be a start and an end, such as ["09:00", "17:30"]"#;
    let days = r#"has an unknown field "monday"; it may have mon, tue, wed, thu, fri, sat, sun"#;
    let as_date = "must be a date, written YYYY-MM-DD";
    let table = [
        (json!(null), "hours", "must be an object"),
        (json!([]), "hours", "must be an object"),
        (json!({ "week": {} }), "hours.zone", "is required"),
        (json!({ "zone": "UTC" }), "hours.week", "is required"),
        (
            json!({ "zone": "UTC", "week": {}, "tz": 1 }),
            "hours",
            r#"has an unknown field "tz"; it may have zone, week, exceptions"#,
        ),
        (zone(json!(1)), "hours.zone", "must be a text"),
        (zone(json!("")), "hours.zone", iana),
        (zone(json!("Europe/Bonn")), "hours.zone", iana),
        (zone(json!("+02:00")), "hours.zone", iana),
        (zone(json!("Etc/Unknown")), "hours.zone", iana),
        (zone(json!("../../etc/localtime")), "hours.zone", iana),
        (
            with(json!("UTC"), json!([]), json!([])),
            "hours.week",
            "must be an object",
        ),
        (
            with(json!("UTC"), json!({ "monday": [] }), json!([])),
            "hours.week",
            days,
        ),
        (mon(json!(null)), "hours.week.mon", "must be a list"),
        (
            mon(json!(vec![["09:00", "10:00"]; 11])),
            "hours.week.mon",
            "must have at most 10 entries",
        ),
        (mon(json!(["09:00"])), "hours.week.mon[0]", pair),
        (
            mon(json!([["09:00", "10:00"], ["11:00"]])),
            "hours.week.mon[1]",
            pair,
        ),
        (mon(json!([["09:00", 10]])), "hours.week.mon[0]", pair),
        (mon(json!([["9:00", "10:00"]])), "hours.week.mon[0]", starts),
        (
            mon(json!([["24:00", "06:00"]])),
            "hours.week.mon[0]",
            starts,
        ),
        (
            mon(json!([["٠٩:00", "10:00"]])),
            "hours.week.mon[0]",
            starts,
        ),
        (
            mon(json!([["09:60", "10:00"]])),
            "hours.week.mon[0]",
            starts,
        ),
        (mon(json!([["09:00", "24:01"]])), "hours.week.mon[0]", ends),
        (
            mon(json!([["09:00", "10:00:00"]])),
            "hours.week.mon[0]",
            ends,
        ),
        (
            mon(json!([["09:00", "09:00"]])),
            "hours.week.mon[0]",
            "must not end when it starts; a whole day is 00:00 to 24:00",
        ),
        (exceptions(json!({})), "hours.exceptions", "must be a list"),
        (
            exceptions(json!(many)),
            "hours.exceptions",
            "must have at most 1000 entries",
        ),
        (
            exceptions(json!(["2026-01-01"])),
            "hours.exceptions[0]",
            "must be an object",
        ),
        (
            exceptions(json!([{ "spans": [] }])),
            "hours.exceptions[0].date",
            "is required",
        ),
        (
            exceptions(json!([off("2026-1-01")])),
            "hours.exceptions[0].date",
            as_date,
        ),
        (
            exceptions(json!([off("2026-02-29")])),
            "hours.exceptions[0].date",
            as_date,
        ),
        (
            exceptions(json!([{ "date": "2026-01-01" }])),
            "hours.exceptions[0].spans",
            "is required; a day off has an empty list",
        ),
        (
            exceptions(json!([{ "date": "2026-01-01", "spans": [["x", "y"]] }])),
            "hours.exceptions[0].spans[0]",
            starts,
        ),
        (
            exceptions(json!([
                off("2026-01-02"),
                off("2026-01-01"),
                off("2026-01-02")
            ])),
            "hours.exceptions[2].date",
            "is there twice",
        ),
    ];
    for (value, field, message) in table {
        let error = WorkingHours::parse(&value).unwrap_err();
        assert_eq!(error, FieldError::new(field, message), "{value}");
        let stored = serde_json::from_value::<WorkingHours>(value).unwrap_err();
        assert_eq!(stored.to_string(), format!("{field}: {message}"));
    }
}

#[test]
fn values_up_to_the_limits_are_accepted() {
    let days = (0..1_000).map(|n| date("2026-01-01") + Span::days(n));
    let exceptions: Vec<Value> = days
        .map(|day| json!({ "date": day, "spans": [] }))
        .collect();
    let spans = vec![["09:00", "10:00"]; 10];
    hours(&json!({ "zone": "UTC", "week": { "sun": spans }, "exceptions": exceptions }));
}

#[test]
fn zone_names_are_parsed_in_any_case() {
    let zone: Zone = "europe/berlin".parse().unwrap();
    assert_eq!(zone.name(), "Europe/Berlin");
    assert_eq!(zone, "Europe/Berlin".parse().unwrap());
    assert_ne!(zone, "Europe/Paris".parse().unwrap());
    assert_eq!(serde_json::to_value(&zone).unwrap(), json!("Europe/Berlin"));
    for name in [
        "UTC",
        "US/Eastern",
        "Asia/Kolkata",
        "Etc/GMT-14",
        "Pacific/Apia",
    ] {
        assert_eq!(name.parse::<Zone>().unwrap().to_string(), name);
    }
}

#[test]
fn holidays_are_distinct_dates() {
    let holidays = Holidays::parse(&json!(["2026-12-25", "2026-01-01"])).unwrap();
    assert_eq!(
        serde_json::to_value(&holidays).unwrap(),
        json!(["2026-01-01", "2026-12-25"])
    );
    let many: Vec<&str> = vec!["2026-12-25"; 1_001];
    for (value, field) in [
        (json!({}), "holidays"),
        (json!(many), "holidays"),
        (json!([20_261_225]), "holidays[0]"),
        (json!(["2026-12-25", "2026-02-30"]), "holidays[1]"),
        (json!(["26-12-25"]), "holidays[0]"),
        (
            json!(["2026-12-25", "2026-12-24", "2026-12-25"]),
            "holidays[2]",
        ),
    ] {
        assert_eq!(Holidays::parse(&value).unwrap_err().field, field, "{value}");
    }
}
