//! The JSON Schema of an answer. It uses only what all providers support: every member is required, without lengths
//! and formats. Code checks the rest.

use serde_json::{Map, Value, json};

use super::{MAX_NAME, MAX_OFFERED, Offer, names};
use crate::domain::{
    analysis::{Complexity, MAX_SKILLS, MAX_STEPS, MAX_SUMMARY, MAX_TAGS, Sentiment},
    options::FieldOption,
    priority::Priority,
    triage::{extra::ExtraField, redact::redact},
};

/// The maximum total length of the values of a list, in characters; longer lists are not included.
const MAX_LIST: usize = 4_096;

/// Returns the schema. Short and important members come first, because they survive if the answer is truncated.
pub(super) fn schema(offer: &Offer<'_>) -> Value {
    let choices = |choices: &[FieldOption]| {
        let words = choices.iter().map(|choice| choice.name.as_str());
        one_of(&names(words, MAX_OFFERED + 1, MAX_NAME))
    };
    // Skills with an email address or a key in their names are not sent to providers.
    let is_safe = |name: &&str| redact(name) == *name;
    let skills = offer.staff_skills.iter().map(|skill| skill.name.as_str());
    let skills = skills.filter(is_safe);
    let skill = one_of(&names(skills, MAX_OFFERED + 1, MAX_NAME));
    let sentiments: Vec<&str> = Sentiment::ALL.iter().map(|grade| grade.as_str()).collect();
    let complexities: Vec<&str> = Complexity::ALL.iter().map(|grade| grade.as_str()).collect();
    let mut members = vec![("summary", json!({"type": "string"}))];
    let mut confidence_members = Vec::new();
    if !offer.options.categories.is_empty() {
        members.push(("category", choices(&offer.options.categories)));
        confidence_members.push("category");
    }
    if !offer.options.types.is_empty() {
        members.push(("type", choices(&offer.options.types)));
        confidence_members.push("type");
    }
    confidence_members.extend(["priority", "skills"]);
    let confidence_members = confidence_members
        .into_iter()
        .map(|name| (name, json!({"type": "number"})));
    members.extend([
        (
            "priority",
            json!({"type": "string", "enum": Priority::ALL.map(Priority::as_str)}),
        ),
        ("skills", list(&skill, MAX_SKILLS)),
        ("confidence", object(confidence_members)),
        ("sentiment", json!({"type": "string", "enum": sentiments})),
        (
            "complexity",
            json!({"type": "string", "enum": complexities}),
        ),
        ("tags", list(&json!({"type": "string"}), MAX_TAGS)),
        ("first_steps", list(&json!({"type": "string"}), MAX_STEPS)),
        ("notes", json!({"type": "string"})),
    ]);
    let extra = ExtraField::requested(offer.extra);
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

fn list(item: &Value, max_items: usize) -> Value {
    json!({"type": "array", "items": item, "maxItems": max_items})
}

/// Returns the schema of one of the names, or of any text if there are none or too many.
fn one_of(names: &[String]) -> Value {
    let length: usize = names.iter().map(|name| name.chars().count()).sum();
    match (1..=MAX_OFFERED).contains(&names.len()) && length <= MAX_LIST {
        true => json!({"type": "string", "enum": names}),
        false => json!({"type": "string"}),
    }
}
