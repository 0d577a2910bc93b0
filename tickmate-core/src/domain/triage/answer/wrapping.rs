//! Finds the object in an answer: after reasoning, between words, in a code fence, in a list, in a string, or in
//! another object.

use serde_json::{Map, Value};

use super::json::{self, Cut, Object};

/// The maximum number of opening braces at which parsing is tried.
const MAX_STARTS: usize = 16;
/// The maximum depth of the object within others, and the maximum number of searched list entries.
const MAX_DEPTH: usize = 3;
const MAX_ENTRIES: usize = 4;

/// The tags around the reasoning of models.
const REASONING_TAGS: [(&str, &str); 3] = [
    ("<think>", "</think>"),
    ("<thinking>", "</thinking>"),
    ("<reasoning>", "</reasoning>"),
];

/// Members that never contain the answer.
const NO_WRAPPERS: [&str; 4] = ["confidence", "error", "extra", "tool_calls"];

/// The result of a search.
pub(super) enum Search<T> {
    /// A readable object.
    Read(T),
    /// There are objects, but none is readable.
    Unreadable,
    /// There is no object.
    NoObject,
}

/// Returns the first readable object; complete objects take precedence over truncated ones.
pub(super) fn find<T>(raw: &str, read: &impl Fn(&Object) -> Option<T>) -> Search<T> {
    let raw = raw.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
    if raw.starts_with('"') {
        return in_text(&json::string(raw, 0), 1, read);
    }
    if raw.starts_with('{') {
        return in_text(raw, 0, read);
    }
    for (begin, end) in REASONING_TAGS {
        let after = raw.find(end).map(|at| &raw[at + end.len()..]);
        match (raw.starts_with(begin), after) {
            // Reasoning is never the answer, even if there is no other.
            (true, after) => return in_text(after.unwrap_or_default(), 0, read),
            (false, Some(after)) => match in_text(after, 0, read) {
                Search::Read(read) => return Search::Read(read),
                Search::Unreadable | Search::NoObject => {}
            },
            (false, None) => {}
        }
    }
    in_text(raw, 0, read)
}

fn in_text<T>(text: &str, depth: usize, read: &impl Fn(&Object) -> Option<T>) -> Search<T> {
    let mut result = Search::NoObject;
    let mut from = 0;
    for _ in 0..MAX_STARTS {
        let Some(brace) = text[from..].find('{').map(|brace| from + brace) else {
            break;
        };
        let (object, end) = json::object(text, brace);
        // Nested objects are not searched as separate ones.
        from = end;
        if object.members.is_empty() && object.cut.is_none() {
            from = brace + 1;
            continue;
        }
        match (in_object(&object, depth, read), &result) {
            (Some(read), _) if object.is_whole => return Search::Read(read),
            (Some(read), Search::Unreadable | Search::NoObject) => result = Search::Read(read),
            (None, Search::NoObject) => result = Search::Unreadable,
            _ => {}
        }
    }
    result
}

/// Reads an object, or one nested in it.
fn in_object<T>(object: &Object, depth: usize, read: &impl Fn(&Object) -> Option<T>) -> Option<T> {
    let text_of = |text: &str| match in_text(text, depth + 1, read) {
        Search::Read(read) if is_json(text) => Some(read),
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
        Value::Object(members) => in_object(&to_object(members), depth + 1, read),
        Value::String(text) if is_json(text) => text_of(text),
        _ => None,
    };
    let wrappers = object
        .members
        .iter()
        .filter(|(name, _)| !NO_WRAPPERS.contains(&name.as_str()));
    for (_, value) in wrappers {
        let result = match value {
            Value::Array(list) => list.iter().take(MAX_ENTRIES).find_map(of_value),
            value => of_value(value),
        };
        if result.is_some() {
            return result;
        }
    }
    match &object.cut {
        Some((name, Cut::Object(inner))) if !NO_WRAPPERS.contains(&name.as_str()) => {
            in_object(inner, depth + 1, read)
        }
        _ => None,
    }
}

fn to_object(members: &Map<String, Value>) -> Object {
    Object {
        members: members.clone(),
        cut: None,
        is_whole: true,
    }
}

fn is_json(text: &str) -> bool {
    text.trim_start().starts_with(['{', '[', '`'])
}
