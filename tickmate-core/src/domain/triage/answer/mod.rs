//! Answers of models: untrusted text, parsed into closed types.

mod json;
mod members;
#[cfg(test)]
mod tests;
mod wrapping;

use std::collections::BTreeMap;

use self::{json::Object, wrapping::Search};
use super::{
    extra::ExtraField,
    plain::{clean, neutral, neutral_line},
    prompt::Offer,
};
use crate::domain::{
    analysis::{Analysis, MAX_NOTES, MAX_SKILLS, MAX_STEPS, MAX_SUMMARY, MAX_TAG, MAX_TAGS},
    options::option_named,
    skill::{Skill, Vocabulary, key},
    text::one_line,
};

/// The maximum length of an answer, in bytes.
pub const MAX_ANSWER: usize = 16 * 1024;

/// The maximum length of a suggested skill, in characters.
const MAX_NAME: usize = 60;
/// The confidence of a field for which the answer has none.
const DEFAULT_CONFIDENCE: f64 = 0.5;

/// An answer is unusable. The caller falls back to the embedded analyzer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AnswerError {
    /// The answer is longer than [`MAX_ANSWER`].
    #[error("the answer is too long")]
    TooLong,
    /// The answer contains no JSON object.
    #[error("the answer contains no JSON object")]
    NotJson,
    /// The answer contains an object, but no readable member.
    #[error("the answer contains none of the requested fields")]
    Nothing,
}

/// Parses an answer to a [`Prompt`](super::Prompt).
///
/// Categories, types, priorities, skills and values of extra fields are taken only from the desk's own lists; unknown
/// skills become suggestions. Every text is truncated and plain. Unreadable and unrequested members are ignored. Of a
/// truncated answer the complete members count, and the available parts of summary and notes.
///
/// Every field with a value has a confidence: for category, priority, type and skills the one in the answer, or one
/// half without one; for the other fields the mean of those in the answer.
///
/// # Errors
/// Returns [`AnswerError`] if nothing in the answer is readable.
pub fn read_answer(
    offer: &Offer<'_>,
    vocabulary: &Vocabulary,
    raw: &str,
) -> Result<Analysis, AnswerError> {
    if raw.len() > MAX_ANSWER {
        return Err(AnswerError::TooLong);
    }
    let read = |object: &Object| {
        let analysis = analysis(offer, vocabulary, object);
        (analysis != Analysis::default()).then_some(analysis)
    };
    match wrapping::find(raw, &read) {
        Search::Read(analysis) => Ok(analysis),
        Search::Unreadable => Err(AnswerError::Nothing),
        Search::NoObject => Err(AnswerError::NotJson),
    }
}

fn analysis(offer: &Offer<'_>, vocabulary: &Vocabulary, object: &Object) -> Analysis {
    let names = members::words(object, &["skills", "relatedSkills", "related_skills"]);
    let (skills, suggested_skills) = split_skills(vocabulary, offer.staff_skills, &names);
    let chosen = |options, names: &[&str]| {
        members::word(object, names)
            .and_then(|name| option_named(options, name))
            .map(|choice| choice.name.clone())
    };
    let grade = |name: &str| members::word(object, &[name]).unwrap_or_default();
    let mut analysis = Analysis {
        summary: neutral_line(&members::prose(object, &["summary"]), MAX_SUMMARY),
        category: chosen(&offer.options.categories, &["category"]),
        priority: grade("priority").trim().parse().ok(),
        kind: chosen(&offer.options.types, &["type", "kind"]),
        skills,
        suggested_skills,
        notes: neutral(
            &members::prose(object, &["notes", "helpfulNotes", "helpful_notes"]),
            MAX_NOTES,
        ),
        first_steps: members::lines(object, &["first_steps", "firstSteps"])
            .into_iter()
            .map(|step| neutral_line(remove_list_mark(step), MAX_SUMMARY))
            .filter(|step| !step.is_empty())
            .take(MAX_STEPS)
            .collect(),
        sentiment: grade("sentiment").parse().ok(),
        complexity: grade("complexity").parse().ok(),
        tags: tags(&members::words(object, &["tags"])),
        extra: extra(offer.extra, object),
        confidence: BTreeMap::new(),
    };
    analysis.confidence = confidence(&analysis, object);
    analysis
}

/// Removes the number or bullet of a list entry from a step.
fn remove_list_mark(step: &str) -> &str {
    let step = step.trim_start();
    let digits = step.trim_start_matches(|c: char| c.is_ascii_digit());
    let rest = match step.len() - digits.len() {
        0 => step.strip_prefix(['-', '*', '•']),
        1 | 2 => digits.strip_prefix(['.', ')']),
        _ => None,
    };
    rest.filter(|rest| rest.starts_with(char::is_whitespace))
        .unwrap_or(step)
}

/// Returns the tags in lower case without repetitions.
fn tags(names: &[&str]) -> Vec<String> {
    let mut tags: Vec<String> = Vec::new();
    for name in names {
        let name = name.trim().trim_start_matches('#').to_lowercase();
        let tag = neutral_line(&name, MAX_TAG);
        let is_new = !(tag.is_empty() || tag.contains("[link]") || tags.contains(&tag));
        if is_new && tags.len() < MAX_TAGS {
            tags.push(tag);
        }
    }
    tags
}

/// Returns the values of the requested extra fields.
fn extra(fields: &[ExtraField], object: &Object) -> BTreeMap<String, String> {
    let read = |field: &&ExtraField| {
        let text = members::extra(object, field.name())?;
        let value = match field.values().is_empty() {
            true => neutral_line(&text, MAX_SUMMARY),
            false => field.value(&text)?.to_owned(),
        };
        (!value.is_empty()).then(|| (field.name().to_owned(), value))
    };
    ExtraField::requested(fields)
        .iter()
        .filter_map(read)
        .collect()
}

/// Returns the confidence of each field with a value.
fn confidence(analysis: &Analysis, object: &Object) -> BTreeMap<String, f64> {
    let has_skills = !(analysis.skills.is_empty() && analysis.suggested_skills.is_empty());
    let rated = [
        ("category", analysis.category.is_some(), &["category"][..]),
        ("priority", analysis.priority.is_some(), &["priority"]),
        ("type", analysis.kind.is_some(), &["type", "kind"]),
        (
            "relatedSkills",
            has_skills,
            &["skills", "relatedSkills", "related_skills"],
        ),
    ]
    .map(|(field, is_filled, names)| (field, is_filled, members::confidence(object, names)));
    let confidences: Vec<f64> = rated
        .iter()
        .filter_map(|(_, _, confidence)| *confidence)
        .collect();
    let mean = match confidences.len() {
        0 => DEFAULT_CONFIDENCE,
        count => confidences.iter().sum::<f64>() / count as f64,
    };
    let others = [
        ("summary", !analysis.summary.is_empty()),
        ("helpfulNotes", !analysis.notes.is_empty()),
        ("firstSteps", !analysis.first_steps.is_empty()),
        ("sentiment", analysis.sentiment.is_some()),
        ("complexity", analysis.complexity.is_some()),
        ("tags", !analysis.tags.is_empty()),
    ];
    // The host's fields come first: a desk field of the same name overrides them.
    let host = analysis.extra.keys().map(|name| (name.clone(), mean));
    let others = others
        .into_iter()
        .filter(|(_, is_filled)| *is_filled)
        .map(|(field, _)| (field.to_owned(), mean));
    let rated = rated
        .into_iter()
        .filter(|(_, is_filled, _)| *is_filled)
        .map(|(field, _, confidence)| (field.to_owned(), confidence.unwrap_or(DEFAULT_CONFIDENCE)));
    host.chain(others).chain(rated).collect()
}

/// Splits the named skills into those that the desk knows and the names of the others.
fn split_skills(
    vocabulary: &Vocabulary,
    known_skills: &[Skill],
    names: &[&str],
) -> (Vec<Skill>, Vec<String>) {
    let by_key: Vec<(String, &Skill)> = match names.is_empty() {
        true => Vec::new(),
        false => known_skills
            .iter()
            .map(|skill| (key(&skill.name), skill))
            .collect(),
    };
    let mut skills: Vec<Skill> = Vec::new();
    let mut suggested: Vec<String> = Vec::new();
    for raw_name in names {
        let name = one_line(&clean(raw_name), MAX_NAME);
        let name_key = key(&name);
        if name_key.is_empty() {
            continue;
        }
        let staff_skill = by_key.iter().find(|(key, _)| *key == name_key);
        let resolved = match staff_skill {
            Some((_, skill)) => (*skill).clone().at(None),
            None => vocabulary.resolve(&name),
        };
        let is_known =
            Skill::has(known_skills, &resolved.id) || vocabulary.entry(&resolved.id).is_some();
        if !is_known {
            let plain_name = neutral_line(raw_name, MAX_NAME);
            let is_new = !suggested.iter().any(|other| key(other) == key(&plain_name));
            if is_new && !plain_name.contains("[link]") && suggested.len() < MAX_SKILLS {
                suggested.push(plain_name);
            }
        } else if skills.len() < MAX_SKILLS && !Skill::has(&skills, &resolved.id) {
            skills.push(resolved);
        }
    }
    (skills, suggested)
}
