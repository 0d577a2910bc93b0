//! The members of an answer, whatever they are called and written as.

use serde_json::Value;

use super::json::{Cut, Object};

/// How many entries of a list are looked at.
const MAX_ENTRIES: usize = 64;

/// The member of the first of these names that there is.
fn member<'a>(object: &'a Object, names: &[&str]) -> Option<&'a Value> {
    names.iter().find_map(|name| object.members.get(*name))
}

/// A word out of a list.
pub(super) fn word<'a>(object: &'a Object, names: &[&str]) -> Option<&'a str> {
    member(object, names).and_then(Value::as_str)
}

/// A free text: a string, the lines of a list, or as much of a string as there is.
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

/// The texts of a list, or the lines of a text.
pub(super) fn lines<'a>(object: &'a Object, names: &[&str]) -> Vec<&'a str> {
    split(object, names, &['\n'])
}

/// The texts of a list, or what a text has between its commas.
pub(super) fn words<'a>(object: &'a Object, names: &[&str]) -> Vec<&'a str> {
    split(object, names, &['\n', ',', ';'])
}

fn split<'a>(object: &'a Object, names: &[&str], signs: &[char]) -> Vec<&'a str> {
    match member(object, names) {
        Some(Value::Array(list)) => list
            .iter()
            .take(MAX_ENTRIES)
            .filter_map(Value::as_str)
            .collect(),
        Some(Value::String(text)) => text.split(signs).take(MAX_ENTRIES).collect(),
        _ => Vec::new(),
    }
}

/// A field of the host's, as text.
pub(super) fn extra(object: &Object, name: &str) -> Option<String> {
    match object.members.get("extra")?.get(name)? {
        Value::String(text) => Some(text.clone()),
        Value::Bool(is_so) => Some(is_so.to_string()),
        Value::Number(number) => number.as_f64().map(|number| number.to_string()),
        _ => None,
    }
}

/// How sure the answer says it is of a field: of the field by itself, or of all at once.
pub(super) fn sure(object: &Object, names: &[&str]) -> Option<f64> {
    match object.members.get("confidence")? {
        Value::Object(fields) => names
            .iter()
            .find_map(|name| fields.get(*name))
            .and_then(share),
        all => share(all),
    }
}

/// A number from 0 to 1, written as such or in percent.
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
