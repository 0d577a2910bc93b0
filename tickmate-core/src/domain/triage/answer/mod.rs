//! What a model answered: text that nobody trusts, read into closed types.

#[cfg(test)]
mod tests;

use serde_json::{Map, Value};

use super::{
    Analysis, MAX_NOTES, MAX_SKILLS, MAX_STEPS, MAX_SUMMARY,
    plain::{neutral, neutral_line},
    prompt::Offer,
    rules::option,
};
use crate::domain::skill::{Skill, Vocabulary, key};

/// The most bytes of an answer that are looked at.
pub const MAX_ANSWER: usize = 16 * 1024;

/// At how many opening braces an object is looked for.
const MAX_STARTS: usize = 16;
/// How many entries of a list are looked at.
const MAX_ENTRIES: usize = 64;
/// The most characters of a suggested skill.
const MAX_NAME: usize = 60;

/// Why an answer can't be used. The embedded analyser answers instead.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AnswerError {
    /// It is longer than [`MAX_ANSWER`].
    #[error("the answer is too long")]
    TooLong,
    /// There is no JSON object in it.
    #[error("the answer holds no JSON object")]
    NotJson,
    /// There is an object, but no member of it can be read.
    #[error("the answer holds nothing that was asked for")]
    Nothing,
}

/// Reads an answer to a [`Prompt`](super::Prompt). Categories, priorities and skills come from the desk's own
/// lists or not at all; skills that are on neither list are kept apart as suggestions. Every text is capped and
/// plain. A member that can't be read is left out.
///
/// # Errors
/// [`AnswerError`] where nothing of it can be read.
pub fn read_answer(
    offer: &Offer<'_>,
    vocabulary: &Vocabulary,
    raw: &str,
) -> Result<Analysis, AnswerError> {
    if raw.len() > MAX_ANSWER {
        return Err(AnswerError::TooLong);
    }
    let object = object(raw).ok_or(AnswerError::NotJson)?;
    let text = |names: &[&str]| member(&object, names).and_then(Value::as_str);
    let named = texts(member(
        &object,
        &["skills", "related_skills", "relatedSkills"],
    ));
    let (skills, suggested_skills) = sort_out(vocabulary, offer.staff_skills, &named);
    let analysis = Analysis {
        summary: neutral_line(text(&["summary"]).unwrap_or_default(), MAX_SUMMARY),
        category: text(&["category"])
            .and_then(|name| option(&offer.options.categories, name))
            .map(|category| category.name.clone()),
        priority: text(&["priority"]).and_then(|word| word.trim().parse().ok()),
        skills,
        suggested_skills,
        notes: neutral(
            text(&["notes", "helpful_notes", "helpfulNotes"]).unwrap_or_default(),
            MAX_NOTES,
        ),
        first_steps: texts(member(&object, &["first_steps", "firstSteps"]))
            .into_iter()
            .map(|step| neutral_line(step, MAX_SUMMARY))
            .filter(|step| !step.is_empty())
            .take(MAX_STEPS)
            .collect(),
        ..Analysis::default()
    };
    match analysis == Analysis::default() {
        true => Err(AnswerError::Nothing),
        false => Ok(analysis),
    }
}

/// The first object in a text that may hold prose or a code fence around it.
fn object(raw: &str) -> Option<Map<String, Value>> {
    raw.match_indices('{')
        .take(MAX_STARTS)
        .find_map(|(start, _)| {
            let mut values = serde_json::Deserializer::from_str(&raw[start..]).into_iter();
            match values.next() {
                Some(Ok(Value::Object(object))) if !object.is_empty() => Some(object),
                _ => None,
            }
        })
}

fn member<'a>(object: &'a Map<String, Value>, names: &[&str]) -> Option<&'a Value> {
    names.iter().find_map(|name| object.get(*name))
}

/// The texts of a list, or the lines of a text.
fn texts(value: Option<&Value>) -> Vec<&str> {
    match value {
        Some(Value::Array(list)) => list
            .iter()
            .take(MAX_ENTRIES)
            .filter_map(Value::as_str)
            .collect(),
        Some(Value::String(text)) => text.lines().take(MAX_ENTRIES).collect(),
        _ => Vec::new(),
    }
}

/// The skills that the desk knows, and the names of those that it does not.
fn sort_out(
    vocabulary: &Vocabulary,
    known_skills: &[Skill],
    named: &[&str],
) -> (Vec<Skill>, Vec<String>) {
    let known: Vec<(String, &Skill)> = match named.is_empty() {
        true => Vec::new(),
        false => known_skills
            .iter()
            .map(|skill| (key(&skill.name), skill))
            .collect(),
    };
    let mut skills: Vec<Skill> = Vec::new();
    let mut suggested: Vec<String> = Vec::new();
    for name in named.iter().map(|name| neutral_line(name, MAX_NAME)) {
        let wanted = key(&name);
        if wanted.is_empty() {
            continue;
        }
        let held = known.iter().find(|(known, _)| *known == wanted);
        let found = match held {
            Some((_, skill)) => (*skill).clone().at(None),
            None => vocabulary.resolve(&name),
        };
        let is_known = Skill::has(known_skills, &found.id) || vocabulary.entry(&found.id).is_some();
        if !is_known {
            let is_new = !suggested.iter().any(|other| key(other) == wanted);
            if is_new && suggested.len() < MAX_SKILLS {
                suggested.push(name);
            }
        } else if skills.len() < MAX_SKILLS && !Skill::has(&skills, &found.id) {
            skills.push(found);
        }
    }
    (skills, suggested)
}
