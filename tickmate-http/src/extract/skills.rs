//! Skills in a body: each entry a name, or an object of a name and a level.

use serde_json::{Map, Value};
use tickmate_core::domain::{
    skill::{Level, SkillInput, UnknownLevel},
    text::{FieldError, MAX_SKILLS, SKILL},
};

/// Reads a list of skills.
///
/// # Errors
/// Every entry that can't be taken, by its place (`skills[2]`, `skills[2].level`); the list itself where it is none or
/// too long.
pub(super) fn skills(name: &str, value: Value) -> Result<Vec<SkillInput>, Vec<FieldError>> {
    let refused = |message: String| vec![FieldError::new(name, message)];
    let Value::Array(items) = value else {
        return Err(refused("must be a list".to_owned()));
    };
    if items.len() > MAX_SKILLS {
        return Err(refused(format!("must be at most {MAX_SKILLS}")));
    }
    let mut errors = Vec::new();
    let mut inputs = Vec::with_capacity(items.len());
    for (place, item) in items.into_iter().enumerate() {
        let at = format!("{name}[{place}]");
        match item {
            Value::String(text) => match SKILL.check(&at, &text) {
                Ok(_) => inputs.push(text.into()),
                Err(error) => errors.push(error),
            },
            Value::Object(members) => inputs.extend(leveled(&at, members, &mut errors)),
            _ => errors.push(FieldError::new(
                at,
                "must be a text, or an object of name and level",
            )),
        }
    }
    match errors.is_empty() {
        true => Ok(inputs),
        false => Err(errors),
    }
}

fn leveled(
    at: &str,
    mut members: Map<String, Value>,
    errors: &mut Vec<FieldError>,
) -> Option<SkillInput> {
    let before = errors.len();
    let mut refuse = |member: &str, message: String| {
        errors.push(FieldError::new(format!("{at}.{member}"), message));
    };
    let name = match members.remove("name") {
        Some(Value::String(name)) => match SKILL.check(at, &name) {
            Ok(name) => name,
            Err(error) => {
                refuse("name", error.message);
                name
            }
        },
        Some(_) => {
            refuse("name", "must be a text".to_owned());
            String::new()
        }
        None => {
            refuse("name", "is needed".to_owned());
            String::new()
        }
    };
    let level = members.remove("level").and_then(|value| match value {
        Value::Null => Some(None),
        value => {
            let number = value.as_u64().and_then(|number| u8::try_from(number).ok());
            let level = number.ok_or(UnknownLevel).and_then(Level::try_from);
            level
                .map(Some)
                .map_err(|error| refuse("level", format!("{error}, or null")))
                .ok()
        }
    });
    for unknown in members.keys() {
        refuse(unknown, "unknown field".to_owned());
    }
    (errors.len() == before).then_some(SkillInput { name, level })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn names_and_levels_are_read() {
        let sent = json!(["Linux", { "name": "React", "level": 3 }, { "name": "Go" },
            { "name": "C++", "level": null }]);
        let read = skills("skills", sent).unwrap();
        let expected = [
            "Linux".into(),
            SkillInput::at("React", Level::Expert),
            "Go".into(),
            SkillInput {
                name: "C++".to_owned(),
                level: Some(None),
            },
        ];
        assert_eq!(read, expected);
        assert_eq!(skills("skills", json!([])), Ok(Vec::new()));
    }

    #[test]
    fn each_fault_has_its_place() {
        for (sent, fields) in [
            (json!("Linux, React"), vec!["s"]),
            (json!({ "name": "x" }), vec!["s"]),
            (json!(null), vec!["s"]),
            (json!(vec![1; 51]), vec!["s"]),
            (json!([1, "x", null]), vec!["s[0]", "s[2]"]),
            (json!(["x", "", "a\0b"]), vec!["s[1]", "s[2]"]),
            (json!([{ "name": "x", "level": 4 }]), vec!["s[0].level"]),
            (json!([{ "name": "x", "level": 0 }]), vec!["s[0].level"]),
            (json!([{ "name": "x", "level": 256 }]), vec!["s[0].level"]),
            (json!([{ "name": "x", "level": 2.5 }]), vec!["s[0].level"]),
            (json!([{ "name": "x", "level": "2" }]), vec!["s[0].level"]),
            (
                json!([{ "name": " ", "level": -1 }]),
                vec!["s[0].name", "s[0].level"],
            ),
            (json!([{ "name": 1 }]), vec!["s[0].name"]),
            (json!(["x", { "lvl": 1 }]), vec!["s[1].name", "s[1].lvl"]),
        ] {
            let errors = skills("s", sent.clone()).unwrap_err();
            let named: Vec<&str> = errors.iter().map(|error| error.field.as_str()).collect();
            assert_eq!(named, fields, "{sent}");
        }
    }
}
