//! The JSON Schema of an answer, kept to what all providers honor: every member required, no lengths, no formats. Code
//! checks the rest.

use serde_json::{Map, Value, json};

use super::{MAX_NAME, MAX_OFFERED, Offer, names};
use crate::domain::{
    analysis::{Complexity, MAX_SKILLS, MAX_STEPS, MAX_SUMMARY, MAX_TAGS, Sentiment},
    options::FieldOption,
    priority::Priority,
    triage::{extra::ExtraField, redact::redacted},
};

/// The most characters of all values of a list, beyond which they are named freely.
const MAX_LIST: usize = 4_096;

/// What is short and decides comes first, so that of an answer that is cut the best is left.
pub(super) fn schema(offer: &Offer<'_>) -> Value {
    let choices = |choices: &[FieldOption]| {
        let words = choices.iter().map(|choice| choice.name.as_str());
        one_of(&names(words, MAX_OFFERED + 1, MAX_NAME))
    };
    // Who wrote an address or a key into the own skills does not have it told to providers.
    let is_told = |name: &&str| redacted(name) == *name;
    let skills = offer.staff_skills.iter().map(|skill| skill.name.as_str());
    let skills = skills.filter(is_told);
    let skill = one_of(&names(skills, MAX_OFFERED + 1, MAX_NAME));
    let sentiments: Vec<&str> = Sentiment::ALL.iter().map(|grade| grade.as_str()).collect();
    let complexities: Vec<&str> = Complexity::ALL.iter().map(|grade| grade.as_str()).collect();
    let mut members = vec![("summary", json!({"type": "string"}))];
    let mut sure = Vec::new();
    if !offer.options.categories.is_empty() {
        members.push(("category", choices(&offer.options.categories)));
        sure.push("category");
    }
    if !offer.options.types.is_empty() {
        members.push(("type", choices(&offer.options.types)));
        sure.push("type");
    }
    sure.extend(["priority", "skills"]);
    let sure = sure
        .into_iter()
        .map(|name| (name, json!({"type": "number"})));
    members.extend([
        (
            "priority",
            json!({"type": "string", "enum": Priority::ALL.map(Priority::as_str)}),
        ),
        ("skills", list(&skill, MAX_SKILLS)),
        ("confidence", object(sure)),
        ("sentiment", json!({"type": "string", "enum": sentiments})),
        (
            "complexity",
            json!({"type": "string", "enum": complexities}),
        ),
        ("tags", list(&json!({"type": "string"}), MAX_TAGS)),
        ("first_steps", list(&json!({"type": "string"}), MAX_STEPS)),
        ("notes", json!({"type": "string"})),
    ]);
    let extra = ExtraField::asked(offer.extra);
    if !extra.is_empty() {
        let fields = extra.into_iter().map(|field| {
            let values = field.values().iter().map(String::as_str);
            let values = names(values, MAX_OFFERED + 1, MAX_SUMMARY);
            (field.name(), one_of(&values))
        });
        members.push(("extra", object(fields)));
    }
    object(members)
}

fn object<'a>(members: impl IntoIterator<Item = (&'a str, Value)>) -> Value {
    let members: Vec<(&str, Value)> = members.into_iter().collect();
    let required: Vec<&str> = members.iter().map(|(name, _)| *name).collect();
    let properties: Map<String, Value> = members
        .iter()
        .map(|(name, schema)| ((*name).to_owned(), schema.clone()))
        .collect();
    json!({
        "type": "object",
        "required": required,
        "additionalProperties": false,
        "properties": properties,
    })
}

fn list(item: &Value, most: usize) -> Value {
    json!({"type": "array", "items": item, "maxItems": most})
}

/// One of the names, or a free text where there are none or too many to list.
fn one_of(names: &[String]) -> Value {
    let length: usize = names.iter().map(|name| name.chars().count()).sum();
    match (1..=MAX_OFFERED).contains(&names.len()) && length <= MAX_LIST {
        true => json!({"type": "string", "enum": names}),
        false => json!({"type": "string"}),
    }
}
