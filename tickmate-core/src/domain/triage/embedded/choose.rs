//! Chooses between the evidence of the words and what was learned.

use super::Embedded;
use crate::domain::{
    field::Field,
    learn::{Analyzer, Guess},
    lexical::{
        mentions::Mention,
        weigh::{PriorityEvidence, round_to_percent},
    },
    priority::Priority,
    skill::Skill,
    triage::{
        plain::neutral_line,
        skills::{self, confidence_of},
    },
};

/// The minimum confidence of a learned skill.
const MIN_SKILL_CONFIDENCE: f64 = 0.5;
/// The maximum length of a learned skill that the desk does not know, in characters.
const MAX_NAME: usize = 60;

/// The minimum number of settled tickets with a label of a field from which the learned values are used. With fewer,
/// a few similar tickets would dominate.
const MIN_LEARNED: u32 = 20;

/// Returns the priority, its confidence, and whether the words decided.
///
/// Facts in the text come first, then learned values, then words for urgency. The text alone never makes a ticket
/// [`Priority::Urgent`]: it becomes high instead, with the confidence that it is at least high.
pub(super) fn priority(
    analyzer: &Analyzer,
    guess: Option<&Guess>,
    priority_evidence: &PriorityEvidence<'_>,
) -> (Priority, f64, bool) {
    let finding = &priority_evidence.finding;
    let by_words = finding.value.min(Priority::High);
    let ranked: Vec<(Priority, f64)> = guess
        .into_iter()
        .flat_map(|guess| &guess.ranked)
        .filter_map(|(label, confidence)| {
            Some((
                label.parse::<Priority>().ok()?.min(Priority::High),
                *confidence,
            ))
        })
        .collect();
    let probability = |of: Priority| -> f64 {
        let matching = ranked.iter().filter(|(one, _)| *one == of);
        matching.map(|(_, confidence)| confidence).sum()
    };
    if priority_evidence.is_fact {
        return (
            by_words,
            round_to_percent(finding.confidence.max(probability(by_words))),
            true,
        );
    }
    let is_learned = analyzer.model().texts_with(Field::Priority) >= MIN_LEARNED;
    match ranked.first() {
        Some((learned, _)) if is_learned => (
            *learned,
            round_to_percent(probability(*learned)),
            *learned == by_words,
        ),
        // Claims of urgency are often wrong.
        Some(_) if by_words != Priority::Medium => (
            by_words,
            round_to_percent(f64::midpoint(finding.confidence, probability(by_words))),
            true,
        ),
        Some(_) => (by_words, round_to_percent(probability(by_words)), true),
        None => (by_words, finding.confidence, true),
    }
}

/// The skills that a ticket needs, with their origin.
pub(super) struct NeededSkills {
    /// The skills, best first.
    pub(super) skills: Vec<Skill>,
    /// The one of them that settled tickets indicate.
    pub(super) learned: Option<Skill>,
    /// The name of a skill that settled tickets indicate, but the desk does not know.
    pub(super) suggested: Option<String>,
    /// The confidence of the first skill.
    pub(super) confidence: f64,
}

/// Returns the skills that the text names and those that settled tickets clearly indicate. Without any, returns the
/// general skill of the category, with the confidence of the category.
pub(super) fn skills(
    desk: &Embedded<'_>,
    mentions: &[Mention],
    guess: Option<&Guess>,
    (category, category_confidence): (Option<usize>, f64),
) -> NeededSkills {
    let is_learned = desk.analyzer.model().texts_with(Field::Skill) >= MIN_LEARNED;
    let guess = guess.filter(|guess| is_learned && guess.confidence >= MIN_SKILL_CONFIDENCE);
    let find_known =
        |guess: &Guess| skills::find_known(desk.vocabulary(), desk.staff_skills, &guess.label);
    let learned = guess.and_then(find_known);
    let chosen = skills::choose(
        desk.lexicon(),
        desk.vocabulary(),
        desk.staff_skills,
        mentions,
        category,
        learned.as_ref(),
    );
    let chosen_confidence = confidence_of(mentions, &chosen, category_confidence);
    let learned_confidence = guess
        .filter(|_| learned.is_some())
        .map_or(0.0, |guess| round_to_percent(guess.confidence));
    let suggested = guess
        .filter(|_| learned.is_none())
        .map(|guess| neutral_line(&guess.label, MAX_NAME))
        .filter(|name| !name.is_empty());
    NeededSkills {
        skills: skills::with_learned(
            chosen,
            learned.clone(),
            learned_confidence > chosen_confidence,
        ),
        learned,
        suggested,
        confidence: chosen_confidence.max(learned_confidence),
    }
}
