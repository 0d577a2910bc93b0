//! Reads working hours from JSON: every error names its field.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use serde::{Deserialize, Deserializer, de};
use serde_json::{Map, Value};

use super::{
    DAYS, Exception, Holidays, MAX_EXCEPTIONS, MAX_HOLIDAYS, MAX_SPANS_A_DAY, UnknownZone,
    WallSpan, Week, WorkingHours, Zone,
};
use crate::domain::text::FieldError;

/// The most characters of an unknown name that an error message quotes.
const MAX_QUOTED: usize = 20;

pub(super) fn working_hours(value: &Value) -> Result<WorkingHours, FieldError> {
    let fields = object("hours", value, &["zone", "week", "exceptions"])?;
    let zone = text("hours.zone", fields.get("zone"))?;
    let zone: Zone = zone
        .parse()
        .map_err(|error: UnknownZone| FieldError::new("hours.zone", error.to_string()))?;
    let week = fields
        .get("week")
        .ok_or_else(|| FieldError::new("hours.week", "is required"))?;
    Ok(WorkingHours {
        zone,
        week: self::week(week)?,
        exceptions: fields
            .get("exceptions")
            .map_or(Ok(Vec::new()), exceptions)?,
    })
}

pub(super) fn holidays(value: &Value) -> Result<Holidays, FieldError> {
    let mut holidays = BTreeSet::new();
    for (index, item) in list("holidays", value, MAX_HOLIDAYS)?.iter().enumerate() {
        let field = format!("holidays[{index}]");
        let date = date(text(&field, Some(item))?)
            .ok_or_else(|| FieldError::new(&field, "must be a date, written YYYY-MM-DD"))?;
        if !holidays.insert(date) {
            return Err(FieldError::new(field, "is there twice"));
        }
    }
    Ok(Holidays(holidays))
}

fn week(value: &Value) -> Result<Week, FieldError> {
    let days = object("hours.week", value, &DAYS)?;
    let mut week = Week::default();
    for (name, day) in DAYS.iter().zip(&mut week.0) {
        if let Some(value) = days.get(*name) {
            *day = spans(&format!("hours.week.{name}"), value)?;
        }
    }
    Ok(week)
}

fn exceptions(value: &Value) -> Result<Vec<Exception>, FieldError> {
    let items = list("hours.exceptions", value, MAX_EXCEPTIONS)?;
    let mut exceptions = Vec::with_capacity(items.len());
    for (index, item) in items.iter().enumerate() {
        let field = format!("hours.exceptions[{index}]");
        let fields = object(&field, item, &["date", "spans"])?;
        let at = format!("{field}.date");
        let date = date(text(&at, fields.get("date"))?)
            .ok_or_else(|| FieldError::new(&at, "must be a date, written YYYY-MM-DD"))?;
        let at = format!("{field}.spans");
        let value = fields
            .get("spans")
            .ok_or_else(|| FieldError::new(&at, "is required; a day off has an empty list"))?;
        let spans = spans(&at, value)?;
        exceptions.push((index, Exception { date, spans }));
    }
    exceptions.sort_by_key(|(index, exception)| (exception.date, *index));
    if let Some([_, (index, _)]) = exceptions
        .array_windows()
        .find(|[(_, one), (_, next)]| one.date == next.date)
    {
        let field = format!("hours.exceptions[{index}].date");
        return Err(FieldError::new(field, "is there twice"));
    }
    Ok(exceptions.into_iter().map(|(_, item)| item).collect())
}

fn spans(field: &str, value: &Value) -> Result<Vec<WallSpan>, FieldError> {
    let items = list(field, value, MAX_SPANS_A_DAY)?;
    let span = |(index, item): (usize, &Value)| {
        let (start, end) = match item.as_array().map(Vec::as_slice) {
            Some([Value::String(start), Value::String(end)]) => Ok((start, end)),
            _ => Err("must be a start and an end, such as [\"09:00\", \"17:30\"]"),
        }
        .map_err(|message| FieldError::new(format!("{field}[{index}]"), message))?;
        WallSpan::parse(start, end)
            .map_err(|message| FieldError::new(format!("{field}[{index}]"), message))
    };
    items.iter().enumerate().map(span).collect()
}

fn object<'a>(
    field: &str,
    value: &'a Value,
    known: &[&str],
) -> Result<&'a Map<String, Value>, FieldError> {
    let fields = value
        .as_object()
        .ok_or_else(|| FieldError::new(field, "must be an object"))?;
    match fields.keys().find(|name| !known.contains(&name.as_str())) {
        None => Ok(fields),
        Some(name) => {
            let name: String = name.chars().take(MAX_QUOTED).collect();
            let message = format!(
                "has an unknown field {name:?}; it may have {}",
                known.join(", ")
            );
            Err(FieldError::new(field, message))
        }
    }
}

fn list<'a>(field: &str, value: &'a Value, most: usize) -> Result<&'a [Value], FieldError> {
    let items = value
        .as_array()
        .ok_or_else(|| FieldError::new(field, "must be a list"))?;
    if items.len() > most {
        let message = format!("must have at most {most} entries");
        return Err(FieldError::new(field, message));
    }
    Ok(items)
}

fn text<'a>(field: &str, value: Option<&'a Value>) -> Result<&'a str, FieldError> {
    value
        .ok_or_else(|| FieldError::new(field, "is required"))?
        .as_str()
        .ok_or_else(|| FieldError::new(field, "must be a text"))
}

/// Parses a date written `YYYY-MM-DD`, and in no other form.
fn date(text: &str) -> Option<NaiveDate> {
    let has_form = text.len() == 10
        && text.bytes().enumerate().all(|(place, byte)| match place {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        });
    has_form.then(|| text.parse().ok()).flatten()
}

impl<'de> Deserialize<'de> for WorkingHours {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        Self::parse(&value)
            .map_err(|error| de::Error::custom(format!("{}: {}", error.field, error.message)))
    }
}
