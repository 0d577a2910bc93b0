//! Properties of all hours and moments, checked against clocks that are read minute by minute.

use chrono::{NaiveDate, NaiveDateTime, NaiveTime};
use proptest::{
    collection::vec,
    prelude::{
        BoxedStrategy, Just, Strategy, any, prop, prop_assert, prop_assert_eq, prop_oneof, proptest,
    },
    sample::select,
    test_runner::Config,
};
use serde_json::{Map, Value, json};

use crate::domain::{
    hours::{DAYS, Holidays, WorkingHours},
    time::{Span, Timestamp, from_micros},
};

const ZONES: [&str; 8] = [
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",
    "Asia/Kolkata",
    "Asia/Beirut",
    "America/Havana",
    "Africa/Casablanca",
    "UTC",
];

fn time() -> impl Strategy<Value = String> {
    // Round times touch each other; night times meet clock changes.
    let minutes = prop_oneof![
        (0..24_u16).prop_map(|hour| hour * 60),
        (0..240_u16),
        (0..1_440_u16)
    ];
    minutes.prop_map(|minutes| format!("{:02}:{:02}", minutes / 60, minutes % 60))
}

fn spans() -> impl Strategy<Value = Value> {
    let end = prop_oneof![5 => time(), 1 => Just("24:00".to_owned())];
    let span = (time(), end).prop_filter("a span has a length", |(start, end)| start != end);
    vec(span, 0..4).prop_map(|spans| json!(spans))
}

fn day() -> impl Strategy<Value = NaiveDate> {
    // Four years, including a leap year.
    (0..1_461_i64).prop_map(|n| NaiveDate::default() + Span::days(20_454 + n))
}

fn hours() -> impl Strategy<Value = WorkingHours> {
    let exceptions = prop::collection::btree_map(day(), spans(), 0..8);
    (select(&ZONES[..]), vec(spans(), 7), exceptions).prop_map(|(zone, week, exceptions)| {
        let week: Map<String, Value> = DAYS.map(str::to_owned).into_iter().zip(week).collect();
        let exceptions: Vec<Value> = exceptions
            .into_iter()
            .map(|(date, spans)| json!({ "date": date, "spans": spans }))
            .collect();
        let value = json!({ "zone": zone, "week": week, "exceptions": exceptions });
        WorkingHours::parse(&value).unwrap()
    })
}

fn holidays() -> impl Strategy<Value = Holidays> {
    vec(day(), 0..40).prop_map(|days| days.into_iter().collect())
}

/// Generates a moment from 2026 to 2029, often near a clock change.
fn moment() -> impl Strategy<Value = Timestamp> {
    let anywhere = 1_767_225_600_000_000..1_893_456_000_000_000_i64;
    // Berlin, New York, Lord Howe, Havana and Beirut change within a day of these.
    let changes = [
        1_774_746_000,
        1_792_890_000,
        1_772_953_200,
        1_793_512_800,
        1_775_314_800,
        1_790_000_000,
    ];
    let near = (select(changes.to_vec()), -100_000..100_000_i64)
        .prop_map(|(change, offset)| (change + offset) * 1_000_000);
    prop_oneof![anywhere, near].prop_map(from_micros)
}

/// Working hours by reading clocks: the wall time of each minute in a period.
struct Clocks<'a> {
    hours: &'a WorkingHours,
    holidays: &'a Holidays,
    from: Timestamp,
    wall_times: Vec<NaiveDateTime>,
}

impl<'a> Clocks<'a> {
    fn new(hours: &'a WorkingHours, holidays: &'a Holidays, from: Timestamp, days: i64) -> Self {
        let wall_times = (0..days * 1_440)
            .map(|minute| hours.zone().local(from + Span::minutes(minute)).unwrap())
            .collect();
        Self {
            hours,
            holidays,
            from,
            wall_times,
        }
    }

    /// Returns whether each minute is worked. A span lasts from the first minute whose clock shows its start or a later time
    /// until the last minute that begins while the clock has not finally passed its end.
    fn worked(&self) -> Vec<bool> {
        let mut worked = vec![false; self.wall_times.len()];
        let (first, last) = (
            self.wall_times[0].date(),
            self.wall_times[self.wall_times.len() - 1].date(),
        );
        let dates = first.iter_days().take_while(|date| *date <= last);
        for (day, date) in dates.enumerate() {
            // A span is within the days around its date.
            let near = (day.saturating_sub(2) * 1_440).max(1)
                ..self.wall_times.len().min((day + 4) * 1_440);
            for span in self.hours.spans_on(self.holidays, date) {
                let midnight = date.and_time(NaiveTime::MIN);
                let start = midnight + Span::minutes(span.start().into());
                let end = midnight + Span::minutes(span.end().into());
                let from = near
                    .clone()
                    .find(|minute| self.wall_times[*minute] >= start);
                // The clock was before the end a minute ago, or is at or before it now. A clock that is put forward over the end
                // satisfies only the first condition.
                let until = near.clone().rev().find(|minute| {
                    self.wall_times[*minute - 1] < end || self.wall_times[*minute] <= end
                });
                if let (Some(from), Some(until)) = (from, until) {
                    (from..until).for_each(|minute| worked[minute] = true);
                }
            }
        }
        worked
    }

    fn at(&self, minute: usize) -> Timestamp {
        self.from + Span::minutes(minute as i64)
    }
}

fn json_value() -> BoxedStrategy<Value> {
    let word = select(vec![
        "zone",
        "week",
        "exceptions",
        "mon",
        "sun",
        "date",
        "spans",
        "UTC",
        "Europe/Berlin",
        "09:00",
        "24:00",
        "2026-02-29",
        "2026-12-24",
        "",
    ]);
    let text = prop_oneof![3 => word.prop_map(str::to_owned), 1 => any::<String>()];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        text.clone().prop_map(Value::from),
    ];
    let tree = leaf.prop_recursive(6, 64, 8, move |inner| {
        prop_oneof![
            vec(inner.clone(), 0..8).prop_map(Value::from),
            vec((text.clone(), inner), 0..8)
                .prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    });
    tree.boxed()
}

proptest! {
    #![proptest_config(Config::with_cases(300))]

    #[test]
    fn the_shift_changes_exactly_at_its_boundaries(hours in hours(), holidays in holidays(), now in moment()) {
        let shift = hours.window_at(&holidays, now);
        let tick = Span::microseconds(1);
        let on_at = |at| hours.window_at(&holidays, at).on;
        if let Some(until) = shift.until {
            prop_assert!(until > now);
            prop_assert_eq!(on_at(until - tick), shift.on);
            prop_assert_eq!(on_at(until), !shift.on);
            prop_assert_eq!(hours.window_at(&holidays, until).since, Some(until));
        }
        if let Some(since) = shift.since {
            prop_assert!(since <= now);
            prop_assert_eq!(on_at(since), shift.on);
            prop_assert_eq!(on_at(since - tick), !shift.on);
            prop_assert_eq!(hours.window_at(&holidays, since - tick).until, Some(since));
        }
    }

    #[test]
    fn every_moment_of_a_shift_has_the_same_window(
        hours in hours(), holidays in holidays(), now in moment(), part in 0.0..1.0_f64
    ) {
        let shift = hours.window_at(&holidays, now);
        if let (Some(since), Some(until)) = (shift.since, shift.until) {
            let micros = ((until - since).num_microseconds().unwrap() as f64 * part) as i64;
            let within = since + Span::microseconds(micros);
            if (until - within) < Span::days(400) && (within - since) < Span::days(400) {
                prop_assert_eq!(hours.window_at(&holidays, within), shift);
            }
        }
    }

    #[test]
    fn json_round_trips(hours in hours()) {
        let stored = serde_json::to_string(&hours).unwrap();
        prop_assert_eq!(serde_json::from_str::<WorkingHours>(&stored).unwrap(), hours);
    }

    #[test]
    fn every_moment_has_a_window_around_it(hours in hours(), holidays in holidays(), micros in any::<i64>()) {
        let now = from_micros(micros);
        let shift = hours.window_at(&holidays, now);
        prop_assert!(shift.until.is_none_or(|until| until > now));
        prop_assert!(shift.since.is_none_or(|since| since <= now));
    }
}

proptest! {
    #![proptest_config(Config::with_cases(2_000))]

    #[test]
    fn any_json_is_read_or_refused_with_its_field(value in json_value(), whole in any::<bool>()) {
        let value = if whole {
            value
        } else {
            json!({ "zone": "UTC", "week": { "mon": value.clone() }, "exceptions": [{ "date": "2026-01-01", "spans": value }] })
        };
        match WorkingHours::parse(&value) {
            Ok(hours) => {
                hours.window_at(&Holidays::default(), from_micros(0));
            }
            Err(error) => {
                prop_assert!(error.field == "hours" || error.field.starts_with("hours."));
                prop_assert!(!error.message.is_empty() && error.message.len() < 500);
            }
        }
    }
}

proptest! {
    #![proptest_config(Config::with_cases(32))]

    #[test]
    fn sixty_days_of_boundaries_agree_with_the_clocks(
        hours in hours(), holidays in holidays(), now in moment()
    ) {
        let minute = 60_000_000;
        let middle = from_micros(now.timestamp_micros().div_euclid(minute) * minute);
        // Additional days on both sides, so that spans which are cut off there do not matter.
        let clocks = Clocks::new(&hours, &holidays, middle - Span::days(35), 70);
        let worked = clocks.worked();
        let mut shift = hours.window_at(&holidays, middle - Span::days(30));
        for (minute, worked) in worked.iter().enumerate().take(65 * 1_440).skip(5 * 1_440) {
            let at = clocks.at(minute);
            if shift.until.is_some_and(|until| until <= at) {
                shift = hours.window_at(&holidays, at);
                prop_assert_eq!(shift.since, Some(at), "boundaries are at whole minutes");
            }
            prop_assert_eq!(shift.on, *worked, "at {}", at);
        }
    }
}
