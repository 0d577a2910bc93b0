//! Routing rules from JSON. Every error names its field.

use serde_json::{Map, Value};

use super::{Policy, RoutingRules};
use crate::domain::{skill::SkillEntry, text::FieldError};

const TEXT: &str = "must be a text";
const UNKNOWN: &str = "unknown field";

impl Policy {
    /// Parses a policy: the name of a predefined policy, or an object.
    ///
    /// Fields that the object leaves out come from the predefined policy named by its `base`, otherwise by its
    /// `name`, otherwise from the default policy. `field` is the prefix of the fields in errors.
    ///
    /// # Errors
    /// Returns the first error with its path under `field`, such as `policy.relaxAfter.high`. Values out of their
    /// bounds are errors, too.
    pub fn parse(field: &str, value: &Value) -> Result<Self, FieldError> {
        let policy = match value {
            Value::String(name) => Self::named(name).ok_or_else(|| unknown_name(field))?,
            Value::Object(members) => parse_object(field, members)?,
            _ => {
                let message = "must be the name of a ready policy, or an object";
                return Err(FieldError::new(field, message));
            }
        };
        let checked = policy.check();
        checked
            .map_err(|error| FieldError::new(format!("{field}.{}", error.field), error.message))?;
        Ok(policy)
    }
}

impl RoutingRules {
    /// Parses entries of the skill dictionary from their JSON. It does not check whether they are consistent:
    /// [`Vocabulary::extended`](crate::domain::skill::Vocabulary::extended) does.
    ///
    /// # Errors
    /// Returns the first error with its path, such as `skills[3].aliases[1]`.
    pub fn parse_skills(value: &Value) -> Result<Vec<SkillEntry>, FieldError> {
        let rows = value
            .as_array()
            .ok_or_else(|| FieldError::new("skills", "must be a list"))?;
        let row = |(place, row): (usize, &Value)| parse_entry(&format!("skills[{place}]"), row);
        rows.iter().enumerate().map(row).collect()
    }
}

fn unknown_name(field: &str) -> FieldError {
    let names = Policy::NAMES.join(", ");
    FieldError::new(field, format!("must be one of {names}"))
}

fn parse_object(field: &str, members: &Map<String, Value>) -> Result<Policy, FieldError> {
    let ready = |value: &Value| value.as_str().and_then(Policy::named);
    let base = match members.get("base") {
        Some(base) => ready(base).ok_or_else(|| unknown_name(&format!("{field}.base")))?,
        None => members.get("name").and_then(ready).unwrap_or_default(),
    };
    let kinds = as_value(&Policy::default());
    let mut policy = as_value(&base);
    for (name, given) in members.iter().filter(|(name, _)| *name != "base") {
        let at = format!("{field}.{name}");
        let Some(kind) = kinds.get(name) else {
            return Err(FieldError::new(at, UNKNOWN));
        };
        match (kind, given) {
            (Value::Object(kinds), Value::Object(given)) => {
                for (inner, given) in given {
                    let at = format!("{at}.{inner}");
                    let Some(kind) = kinds.get(inner) else {
                        return Err(FieldError::new(at, UNKNOWN));
                    };
                    policy[name][inner] = given.clone();
                    read(&policy).ok_or_else(|| FieldError::new(at, expectation(inner, kind)))?;
                }
            }
            _ => {
                policy[name] = given.clone();
                read(&policy).ok_or_else(|| FieldError::new(at, expectation(name, kind)))?;
            }
        }
    }
    read(&policy).ok_or_else(|| FieldError::new(field, "can't be read"))
}

fn as_value(policy: &Policy) -> Value {
    // Strings, booleans and numbers always serialize.
    serde_json::to_value(policy).unwrap_or_default()
}

fn read(policy: &Value) -> Option<Policy> {
    serde_json::from_value(policy.clone()).ok()
}

/// Returns the error message for a field with this default value.
fn expectation(name: &str, kind: &Value) -> &'static str {
    match kind {
        Value::Bool(_) => "must be true or false",
        Value::String(_) if name == "load" => "must be one of active, relative, round-robin",
        Value::String(_) => TEXT,
        Value::Number(_) => "must be a whole number, neither negative nor too large",
        Value::Null => "must be null or a whole number, neither negative nor too large",
        Value::Array(_) | Value::Object(_) => "must be an object",
    }
}

fn parse_entry(field: &str, row: &Value) -> Result<SkillEntry, FieldError> {
    let members = row
        .as_object()
        .ok_or_else(|| FieldError::new(field, "must be an object"))?;
    let mut entry = SkillEntry::default();
    for (name, value) in members {
        let at = format!("{field}.{name}");
        match name.as_str() {
            "id" => entry.id = parse_string(&at, value)?,
            "name" => entry.name = parse_string(&at, value)?,
            "aliases" => entry.aliases = parse_strings(&at, value)?,
            "parents" => entry.parents = parse_strings(&at, value)?,
            _ => return Err(FieldError::new(at, UNKNOWN)),
        }
    }
    match ["id", "name"]
        .iter()
        .find(|name| !members.contains_key(**name))
    {
        None => Ok(entry),
        Some(name) => Err(FieldError::new(format!("{field}.{name}"), "is needed")),
    }
}

fn parse_string(field: &str, value: &Value) -> Result<String, FieldError> {
    let text = value.as_str().ok_or_else(|| FieldError::new(field, TEXT))?;
    Ok(text.to_owned())
}

fn parse_strings(field: &str, value: &Value) -> Result<Vec<String>, FieldError> {
    let items = value
        .as_array()
        .ok_or_else(|| FieldError::new(field, "must be a list of texts"))?;
    let item = |(place, item): (usize, &Value)| parse_string(&format!("{field}[{place}]"), item);
    items.iter().enumerate().map(item).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{Strategy, any, prop, prop_assert_eq, prop_oneof, proptest};
    use serde_json::json;

    use super::*;
    use crate::domain::routing::{LoadMeasure, Timers};

    #[test]
    fn a_policy_is_a_name_or_overrides_of_a_named_one() {
        let named = |name: &str| Policy::named(name).unwrap();
        let table = [
            (json!("late"), named("late")),
            (json!({}), named("direct")),
            (json!({"name": "late"}), named("late")),
            (
                json!({"base": "late", "name": "ours", "bounces": 5}),
                Policy {
                    name: "ours".to_owned(),
                    bounces: 5,
                    ..named("late")
                },
            ),
            (
                json!({"name": "relax", "ahead": null, "load": "round-robin", "relaxAfter": {"low": null}}),
                Policy {
                    ahead: None,
                    load: LoadMeasure::RoundRobin,
                    relax_after: Timers {
                        low: None,
                        ..Timers::all(60)
                    },
                    ..named("relax")
                },
            ),
        ];
        for (value, policy) in table {
            assert_eq!(Policy::parse("policy", &value), Ok(policy), "{value}");
        }
    }

    #[test]
    fn a_policy_error_names_its_field() {
        let table = [
            (json!("fast"), "policy"),
            (json!(1), "policy"),
            (json!(["late"]), "policy"),
            (json!({"base": "fast"}), "policy.base"),
            (json!({"base": null}), "policy.base"),
            (json!({"speed": 1}), "policy.speed"),
            (json!({"name": 1}), "policy.name"),
            (json!({"name": ""}), "policy.name"),
            (json!({"ahead": "1"}), "policy.ahead"),
            (json!({"ahead": -1}), "policy.ahead"),
            (json!({"ahead": 1.5}), "policy.ahead"),
            (json!({"ahead": 1_001}), "policy.ahead"),
            (json!({"load": "fewest"}), "policy.load"),
            (json!({"sticky": null}), "policy.sticky"),
            (json!({"partialFrom": 70_000}), "policy.partialFrom"),
            (json!({"bounces": 0}), "policy.bounces"),
            (json!({"weights": 3}), "policy.weights"),
            (json!({"weights": {"low": null}}), "policy.weights.low"),
            (json!({"weights": {"low": 0}}), "policy.weights"),
            (json!({"relaxAfter": {"hihg": 3}}), "policy.relaxAfter.hihg"),
            (
                json!({"relaxAfter": {"high": "1h"}}),
                "policy.relaxAfter.high",
            ),
            (json!({"escalateAfter": null}), "policy.escalateAfter"),
        ];
        for (value, field) in table {
            let error = Policy::parse("policy", &value).unwrap_err();
            assert_eq!(error.field, field, "{value}");
        }
    }

    #[test]
    fn dictionary_entries_are_parsed_strictly() {
        let rows = RoutingRules::parse_skills(&json!([
            {"id": "a", "name": "A"},
            {"id": "b", "name": "B", "aliases": ["bee"], "parents": ["a"]},
        ]));
        let [a, b] = rows.unwrap().try_into().unwrap();
        assert_eq!((a.id.as_str(), a.aliases.len()), ("a", 0));
        assert_eq!(
            (b.aliases, b.parents),
            (vec!["bee".to_owned()], vec!["a".to_owned()])
        );
        let ok = json!({"id": "a", "name": "A"});
        for (value, field) in [
            (json!({}), "skills"),
            (json!([1]), "skills[0]"),
            (json!([ok, {"id": "b"}]), "skills[1].name"),
            (json!([{"name": "B"}]), "skills[0].id"),
            (json!([{"id": 1, "name": "B"}]), "skills[0].id"),
            (
                json!([{"id": "b", "name": "B", "alias": []}]),
                "skills[0].alias",
            ),
            (
                json!([{"id": "b", "name": "B", "aliases": "x"}]),
                "skills[0].aliases",
            ),
            (
                json!([{"id": "b", "name": "B", "aliases": ["x", 1]}]),
                "skills[0].aliases[1]",
            ),
            (
                json!([{"id": "b", "name": "B", "parents": [null]}]),
                "skills[0].parents[0]",
            ),
        ] {
            let error = RoutingRules::parse_skills(&value).unwrap_err();
            assert_eq!(error.field, field, "{value}");
        }
    }

    fn policies() -> impl Strategy<Value = Policy> {
        let minutes = || prop::option::of(1..525_600_u32);
        let timers = move || {
            (minutes(), minutes(), minutes(), minutes()).prop_map(|(low, medium, high, urgent)| {
                Timers {
                    low,
                    medium,
                    high,
                    urgent,
                }
            })
        };
        let load = prop_oneof![
            prop::sample::select(&[LoadMeasure::Active, LoadMeasure::Relative][..]),
            prop::sample::select(&[LoadMeasure::RoundRobin][..]),
        ];
        (
            (prop::option::of(0..1_000_u32), load, any::<[bool; 3]>()),
            (1..1_000_u16, 1..100_u16, 0..1_440_u32, timers(), timers()),
        )
            .prop_map(
                |((ahead, load, flags), (share, bounces, remaining, relax, escalate))| Policy {
                    name: "ours".to_owned(),
                    ahead,
                    load,
                    sticky: flags[0],
                    rebalance: flags[1],
                    hand_over: flags[2],
                    partial_from: share,
                    bounces,
                    min_remaining: remaining,
                    relax_after: relax,
                    escalate_after: escalate,
                    ..Policy::default()
                },
            )
    }

    proptest! {
        #[test]
        fn a_serialized_policy_parses_back(policy in policies()) {
            let written = serde_json::to_value(&policy).unwrap();
            prop_assert_eq!(Policy::parse("policy", &written), Ok(policy));
        }
    }
}
