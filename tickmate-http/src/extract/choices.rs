//! Choices in a body: each entry a name, or an object of a name and what belongs there.

use serde_json::{Map, Value};
use tickmate_core::domain::{options::FieldOption, text::FieldError};

/// The most entries of a list, as the desk has it: what is longer is not looked at.
const MAX_CHOICES: usize = 100;

/// Reads a list of choices. What the texts may be the desk says.
///
/// # Errors
/// Every entry that is none, by its place (`types[2]`, `types[2].name`); the list itself where it is none or too long.
pub(super) fn choices(name: &str, value: Value) -> Result<Vec<FieldOption>, Vec<FieldError>> {
    let refused = |message: String| vec![FieldError::new(name, message)];
    let Value::Array(items) = value else {
        return Err(refused("must be a list".to_owned()));
    };
    if items.len() > MAX_CHOICES {
        return Err(refused(format!("must have at most {MAX_CHOICES} entries")));
    }
    let mut errors = Vec::new();
    let mut choices = Vec::with_capacity(items.len());
    for (place, item) in items.into_iter().enumerate() {
        let at = format!("{name}[{place}]");
        match item {
            Value::String(name) => choices.push(FieldOption {
                name,
                description: String::new(),
            }),
            Value::Object(members) => choices.push(described(&at, members, &mut errors)),
            _ => errors.push(FieldError::new(
                at,
                "must be a text, or an object of name and description",
            )),
        }
    }
    match errors.is_empty() {
        true => Ok(choices),
        false => Err(errors),
    }
}

/// A choice whose name or description is empty where something is wrong with it.
fn described(
    at: &str,
    mut members: Map<String, Value>,
    errors: &mut Vec<FieldError>,
) -> FieldOption {
    let mut refuse = |member: &str, message: &str| {
        errors.push(FieldError::new(format!("{at}.{member}"), message));
    };
    let mut text = |member: &str, is_needed: bool| match members.remove(member) {
        Some(Value::String(text)) => text,
        Some(_) => {
            refuse(member, "must be a text");
            String::new()
        }
        None => {
            if is_needed {
                refuse(member, "is needed");
            }
            String::new()
        }
    };
    let choice = FieldOption {
        name: text("name", true),
        description: text("description", false),
    };
    for unknown in members.keys() {
        refuse(unknown, "unknown field");
    }
    choice
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn names_and_descriptions_are_read() {
        let sent =
            json!(["network", { "name": "boats", "description": "what floats" }, { "name": "" }]);
        let choice = |name: &str, description: &str| FieldOption {
            name: name.to_owned(),
            description: description.to_owned(),
        };
        let expected = [
            choice("network", ""),
            choice("boats", "what floats"),
            choice("", ""),
        ];
        assert_eq!(choices("categories", sent).unwrap(), expected);
        assert_eq!(choices("types", json!([])), Ok(Vec::new()));
    }

    #[test]
    fn each_fault_has_its_place() {
        for (sent, fields) in [
            (json!("network, boats"), vec!["t"]),
            (json!({ "name": "x" }), vec!["t"]),
            (json!(null), vec!["t"]),
            (json!(vec![1; 101]), vec!["t"]),
            (json!([1, "x", null, ["y"]]), vec!["t[0]", "t[2]", "t[3]"]),
            (json!(["x", {}]), vec!["t[1].name"]),
            (
                json!([{ "name": 1, "description": null }]),
                vec!["t[0].name", "t[0].description"],
            ),
            (
                json!([{ "name": "x", "label": "y" }, { "description": "z" }]),
                vec!["t[0].label", "t[1].name"],
            ),
        ] {
            let errors = choices("t", sent.clone()).unwrap_err();
            let named: Vec<&str> = errors.iter().map(|error| error.field.as_str()).collect();
            assert_eq!(named, fields, "{sent}");
        }
    }
}
