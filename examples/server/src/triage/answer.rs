//! The line that is written for a ticket.

use std::fmt::Write as _;

use serde_json::{Map, Value, json};
use tickmate::domain::{
    learn::{Analyser, Dictionary, Field, Reading},
    skill::Skill,
    triage::analyse,
};

use super::{rows::Row, thresholds};

/// How many settled tickets that resemble a ticket are named, and how much they must.
const MAX_ALIKE: usize = 3;
const ALIKE: f64 = 0.3;

/// The analysis of a ticket as JSON on one line.
pub(super) fn answer(
    dictionary: &Dictionary,
    staff: &[Skill],
    analyser: &Analyser,
    ticket: &Row,
) -> Value {
    let (title, description) = (ticket.title.as_str(), ticket.description.as_str());
    let reading = analyser.read(title, description, &thresholds());
    let words = analyse(
        dictionary.lexicon(),
        dictionary.vocabulary(),
        staff,
        title,
        description,
    );
    let of = |field| reading.guess(field).map(|guess| guess.label.as_str());
    let skills = reading.likely(Field::Skill);
    json!({
        "id": ticket.id,
        "category": of(Field::Category),
        "priority": of(Field::Priority),
        "type": of(Field::Type),
        "skill": of(Field::Skill),
        "skills": skills,
        "confidence": by_field(&reading, |guess| json!(guess.map_or(0.0, |guess| rounded(guess.confidence)))),
        "abstains": by_field(&reading, |guess| json!(guess.is_none_or(|guess| guess.abstains))),
        "source": "embedded",
        "summary": words.summary,
        "notes": notes(analyser, &reading, ticket),
    })
}

/// A value for each field; that of the best skill by both names of the field.
fn by_field(
    reading: &Reading,
    value: impl Fn(Option<&tickmate::domain::learn::Guess>) -> Value,
) -> Map<String, Value> {
    let fields = Field::ALL.map(|field| (field.as_str(), field));
    fields
        .into_iter()
        .chain([("skills", Field::Skill)])
        .map(|(name, field)| (name.to_owned(), value(reading.guess(field))))
        .collect()
}

/// A share with four digits.
pub(super) fn rounded(share: f64) -> f64 {
    (share * 10_000.0).round() / 10_000.0
}

fn notes(analyser: &Analyser, reading: &Reading, ticket: &Row) -> String {
    let mut notes = String::new();
    for field in Field::ALL {
        if let Some(guess) = reading.guess(field) {
            let doubt = if guess.abstains { ", a guess only" } else { "" };
            // Writing to a string never fails.
            let _ = writeln!(
                notes,
                "{}: {} ({:.0} %{doubt}).",
                field.as_str(),
                guess.label,
                guess.confidence * 100.0
            );
        }
    }
    let alike: Vec<String> = analyser
        .neighbours(&ticket.title, &ticket.description, MAX_ALIKE)
        .into_iter()
        .filter(|one| one.likeness >= ALIKE && one.id != ticket.id)
        .map(|one| one.id)
        .collect();
    if !alike.is_empty() {
        let _ = writeln!(notes, "Settled tickets like it: {}.", alike.join(", "));
    }
    notes.trim_end().to_owned()
}
