//! Where in an answer the object is: behind thoughts, between words, in a fence, in a list, in a text, or in another
//! object.

use serde_json::{Map, Value};

use super::json::{self, Cut, Object};

/// At how many opening braces an object is looked for.
const MAX_STARTS: usize = 16;
/// How deep an object lies in others at most, and how many values of a list it is looked for in.
const MAX_DEPTH: usize = 3;
const MAX_ENTRIES: usize = 4;

/// What models put around their thoughts.
const THOUGHTS: [(&str, &str); 3] = [
    ("<think>", "</think>"),
    ("<thinking>", "</thinking>"),
    ("<reasoning>", "</reasoning>"),
];

/// Members that hold no answer.
const NO_WRAPPERS: [&str; 4] = ["confidence", "error", "extra", "tool_calls"];

/// What was found in an answer.
pub(super) enum Found<T> {
    /// This could be read.
    Read(T),
    /// There is an object, but nothing of it could be read.
    Unread,
    /// There is no object.
    Nothing,
}

/// The first object that can be read, where one that is whole goes before one that is not.
pub(super) fn find<T>(raw: &str, read: &impl Fn(&Object) -> Option<T>) -> Found<T> {
    let raw = raw.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
    if raw.starts_with('"') {
        return in_text(&json::string(raw, 0), 1, read);
    }
    if raw.starts_with('{') {
        return in_text(raw, 0, read);
    }
    for (begin, end) in THOUGHTS {
        let behind = raw.find(end).map(|at| &raw[at + end.len()..]);
        match (raw.starts_with(begin), behind) {
            // Thoughts are no answer, not even where there is no other.
            (true, behind) => return in_text(behind.unwrap_or_default(), 0, read),
            (false, Some(behind)) => match in_text(behind, 0, read) {
                Found::Read(read) => return Found::Read(read),
                Found::Unread | Found::Nothing => {}
            },
            (false, None) => {}
        }
    }
    in_text(raw, 0, read)
}

fn in_text<T>(text: &str, depth: usize, read: &impl Fn(&Object) -> Option<T>) -> Found<T> {
    let mut found = Found::Nothing;
    let mut from = 0;
    for _ in 0..MAX_STARTS {
        let Some(brace) = text[from..].find('{').map(|brace| from + brace) else {
            break;
        };
        let (object, end) = json::object(text, brace);
        // What lies in an object is not looked at as if it were one of its own.
        from = end;
        if object.members.is_empty() && object.cut.is_none() {
            from = brace + 1;
            continue;
        }
        match (in_object(&object, depth, read), &found) {
            (Some(read), _) if object.is_whole => return Found::Read(read),
            (Some(read), Found::Unread | Found::Nothing) => found = Found::Read(read),
            (None, Found::Nothing) => found = Found::Unread,
            _ => {}
        }
    }
    found
}

/// What can be read of an object, or of one in it.
fn in_object<T>(object: &Object, depth: usize, read: &impl Fn(&Object) -> Option<T>) -> Option<T> {
    let text_of = |text: &str| match in_text(text, depth + 1, read) {
        Found::Read(read) if is_json(text) => Some(read),
        _ => None,
    };
    let is_single = object.members.len() + usize::from(object.cut.is_some()) == 1;
    if is_single && depth < MAX_DEPTH {
        let only = object.members.values().next().and_then(Value::as_str);
        let cut = match &object.cut {
            Some((_, Cut::Text(text))) => Some(text.as_str()),
            _ => None,
        };
        if let Some(read) = only.or(cut).filter(|text| is_json(text)).and_then(text_of) {
            return Some(read);
        }
    }
    if let Some(read) = read(object) {
        return Some(read);
    }
    if depth >= MAX_DEPTH {
        return None;
    }
    let of_value = |value: &Value| match value {
        Value::Object(members) => in_object(&whole(members), depth + 1, read),
        Value::String(text) if is_json(text) => text_of(text),
        _ => None,
    };
    let wrappers = object
        .members
        .iter()
        .filter(|(name, _)| !NO_WRAPPERS.contains(&name.as_str()));
    for (_, value) in wrappers {
        let found = match value {
            Value::Array(list) => list.iter().take(MAX_ENTRIES).find_map(of_value),
            value => of_value(value),
        };
        if found.is_some() {
            return found;
        }
    }
    match &object.cut {
        Some((name, Cut::Object(inner))) if !NO_WRAPPERS.contains(&name.as_str()) => {
            in_object(inner, depth + 1, read)
        }
        _ => None,
    }
}

fn whole(members: &Map<String, Value>) -> Object {
    Object {
        members: members.clone(),
        cut: None,
        is_whole: true,
    }
}

fn is_json(text: &str) -> bool {
    text.trim_start().starts_with(['{', '[', '`'])
}
