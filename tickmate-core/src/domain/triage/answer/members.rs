//! The members of an answer, by any of their names and in any of their forms.

use serde_json::Value;

use super::json::{Cut, Object};

/// The maximum number of entries of a list that are read.
const MAX_ENTRIES: usize = 64;

/// Returns the first member with one of these names.
fn member<'a>(object: &'a Object, names: &[&str]) -> Option<&'a Value> {
    names.iter().find_map(|name| object.members.get(*name))
}

/// Returns the value of a choice.
pub(super) fn word<'a>(object: &'a Object, names: &[&str]) -> Option<&'a str> {
    member(object, names).and_then(Value::as_str)
}

/// Returns a text: a string, the joined lines of a list, or a truncated string.
pub(super) fn prose(object: &Object, names: &[&str]) -> String {
    match member(object, names) {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Array(list)) => {
            let lines = list.iter().take(MAX_ENTRIES).filter_map(Value::as_str);
            lines.collect::<Vec<&str>>().join("\n")
        }
        Some(_) => String::new(),
        None => match &object.cut {
            Some((name, Cut::Text(text)))
                if names.contains(&name.as_str()) && !text.trim().is_empty() =>
            {
                format!("{}…", text.trim_end())
            }
            _ => String::new(),
        },
    }
}

/// Returns the strings of a list, or the lines of a string.
pub(super) fn lines<'a>(object: &'a Object, names: &[&str]) -> Vec<&'a str> {
    split(object, names, &['\n'])
}

/// Returns the strings of a list, or the parts of a string between separators.
pub(super) fn words<'a>(object: &'a Object, names: &[&str]) -> Vec<&'a str> {
    split(object, names, &['\n', ',', ';'])
}

fn split<'a>(object: &'a Object, names: &[&str], separators: &[char]) -> Vec<&'a str> {
    match member(object, names) {
        Some(Value::Array(list)) => list
            .iter()
            .take(MAX_ENTRIES)
            .filter_map(Value::as_str)
            .collect(),
        Some(Value::String(text)) => text.split(separators).take(MAX_ENTRIES).collect(),
        _ => Vec::new(),
    }
}

/// Returns an extra field as text.
pub(super) fn extra(object: &Object, name: &str) -> Option<String> {
    match object.members.get("extra")?.get(name)? {
        Value::String(text) => Some(text.clone()),
        Value::Bool(value) => Some(value.to_string()),
        Value::Number(number) => number.as_f64().map(|number| number.to_string()),
        _ => None,
    }
}

/// Returns the confidence of the answer in a field: of the field itself, or of all fields.
pub(super) fn confidence(object: &Object, names: &[&str]) -> Option<f64> {
    match object.members.get("confidence")? {
        Value::Object(fields) => names
            .iter()
            .find_map(|name| fields.get(*name))
            .and_then(share),
        all => share(all),
    }
}

/// Parses a number from 0 to 1, as such or in per cent.
fn share(value: &Value) -> Option<f64> {
    let number = match value {
        Value::Number(number) => number.as_f64()?,
        Value::String(text) => {
            let text = text.trim();
            match text.strip_suffix('%') {
                Some(percent) => percent.trim_end().parse::<f64>().ok()? / 100.0,
                None => text.parse().ok()?,
            }
        }
        _ => return None,
    };
    match number {
        _ if !number.is_finite() => None,
        _ if number > 1.0 && number <= 100.0 => Some(number / 100.0),
        _ => Some(number.clamp(0.0, 1.0)),
    }
}
