//! What a model answered: text that nobody trusts, read into closed types.

mod json;
mod members;
#[cfg(test)]
mod tests;
mod wrapping;

use std::collections::BTreeMap;

use self::{json::Object, wrapping::Found};
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

/// The most bytes of an answer that are looked at.
pub const MAX_ANSWER: usize = 16 * 1024;

/// The most characters of a suggested skill.
const MAX_NAME: usize = 60;
/// How sure a field is of which the answer says nothing.
const UNSAID: f64 = 0.5;

/// Why an answer can't be used. The embedded analyzer answers instead.
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

/// Reads an answer to a [`Prompt`](super::Prompt). Categories, kinds, priorities, skills and the values of fields come
/// from the desk's own lists or not at all; skills that are on neither list are kept apart as suggestions. Every text
/// is capped and plain. A member that can't be read is left out, and so is all that was not asked for. Of an answer
/// that was cut off counts what is whole, and of its summary and notes what is there.
///
/// Every field that is filled has a confidence: what the answer says of the category, the priority, the kind and the
/// skills, half where it says nothing, and the mean of what it says for the others.
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
    let read = |object: &Object| {
        let analysis = analysis(offer, vocabulary, object);
        (analysis != Analysis::default()).then_some(analysis)
    };
    match wrapping::find(raw, &read) {
        Found::Read(analysis) => Ok(analysis),
        Found::Unread => Err(AnswerError::Nothing),
        Found::Nothing => Err(AnswerError::NotJson),
    }
}

fn analysis(offer: &Offer<'_>, vocabulary: &Vocabulary, object: &Object) -> Analysis {
    let named = members::words(object, &["skills", "relatedSkills", "related_skills"]);
    let (skills, suggested_skills) = sort_out(vocabulary, offer.staff_skills, &named);
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
            .map(|step| neutral_line(without_number(step), MAX_SUMMARY))
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

/// A step without the number or the mark of its place in a list.
fn without_number(step: &str) -> &str {
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

/// Tags in lower case, each once.
fn tags(named: &[&str]) -> Vec<String> {
    let mut tags: Vec<String> = Vec::new();
    for name in named {
        let name = name.trim().trim_start_matches('#').to_lowercase();
        let tag = neutral_line(&name, MAX_TAG);
        let is_new = !(tag.is_empty() || tag.contains("[link]") || tags.contains(&tag));
        if is_new && tags.len() < MAX_TAGS {
            tags.push(tag);
        }
    }
    tags
}

/// The host's own fields, as far as they were asked for.
fn extra(fields: &[ExtraField], object: &Object) -> BTreeMap<String, String> {
    let read = |field: &&ExtraField| {
        let text = members::extra(object, field.name())?;
        let value = match field.values().is_empty() {
            true => neutral_line(&text, MAX_SUMMARY),
            false => field.value(&text)?.to_owned(),
        };
        (!value.is_empty()).then(|| (field.name().to_owned(), value))
    };
    ExtraField::asked(fields).iter().filter_map(read).collect()
}

/// How sure each field is that is filled.
fn confidence(analysis: &Analysis, object: &Object) -> BTreeMap<String, f64> {
    let has_skills = !(analysis.skills.is_empty() && analysis.suggested_skills.is_empty());
    let said = [
        ("category", analysis.category.is_some(), &["category"][..]),
        ("priority", analysis.priority.is_some(), &["priority"]),
        ("type", analysis.kind.is_some(), &["type", "kind"]),
        (
            "relatedSkills",
            has_skills,
            &["skills", "relatedSkills", "related_skills"],
        ),
    ]
    .map(|(field, is_filled, names)| (field, is_filled, members::sure(object, names)));
    let given: Vec<f64> = said.iter().filter_map(|(_, _, sure)| *sure).collect();
    let mean = match given.len() {
        0 => UNSAID,
        count => given.iter().sum::<f64>() / count as f64,
    };
    let others = [
        ("summary", !analysis.summary.is_empty()),
        ("helpfulNotes", !analysis.notes.is_empty()),
        ("firstSteps", !analysis.first_steps.is_empty()),
        ("sentiment", analysis.sentiment.is_some()),
        ("complexity", analysis.complexity.is_some()),
        ("tags", !analysis.tags.is_empty()),
    ];
    // The host's fields first: one that is called like a field of the desk does not speak for it.
    let host = analysis.extra.keys().map(|name| (name.clone(), mean));
    let others = others
        .into_iter()
        .filter(|(_, is_filled)| *is_filled)
        .map(|(field, _)| (field.to_owned(), mean));
    let said = said
        .into_iter()
        .filter(|(_, is_filled, _)| *is_filled)
        .map(|(field, _, sure)| (field.to_owned(), sure.unwrap_or(UNSAID)));
    host.chain(others).chain(said).collect()
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
    for written in named {
        let name = one_line(&clean(written), MAX_NAME);
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
            let shown = neutral_line(written, MAX_NAME);
            let is_new = !suggested.iter().any(|other| key(other) == key(&shown));
            if is_new && !shown.contains("[link]") && suggested.len() < MAX_SKILLS {
                suggested.push(shown);
            }
        } else if skills.len() < MAX_SKILLS && !Skill::has(&skills, &found.id) {
            skills.push(found);
        }
    }
    (skills, suggested)
}
