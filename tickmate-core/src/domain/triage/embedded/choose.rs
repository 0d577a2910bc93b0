//! Choosing between what the words say and what was learned.

use super::Embedded;
use crate::domain::{
    field::Field,
    learn::{Analyzer, Guess},
    lexical::{
        mentions::Mention,
        weigh::{Pressing, rounded},
    },
    priority::Priority,
    skill::Skill,
    triage::{
        plain::neutral_line,
        skills::{self, sure_of},
    },
};

/// How sure a learned skill must be to be needed.
const SURE_OF_SKILL: f64 = 0.5;
/// The most characters of a learned skill that the desk does not know.
const MAX_NAME: usize = 60;

/// From how many settled tickets that say something of a field on what was learned of it counts. Before that a few alike
/// would seem to be all that there is.
const ENOUGH_LEARNED: u32 = 20;

/// The priority, how sure it is, and whether the words decided. Facts of the text come first, then what was learned, then
/// words for haste. No text alone is [`Priority::Urgent`]: what looks so is high, and as sure as it is that it presses
/// so much at least.
pub(super) fn priority(
    analyzer: &Analyzer,
    guess: Option<&Guess>,
    pressing: &Pressing<'_>,
) -> (Priority, f64, bool) {
    let spoken = &pressing.finding;
    let said = spoken.what.min(Priority::High);
    let ranked: Vec<(Priority, f64)> = guess
        .into_iter()
        .flat_map(|guess| &guess.ranked)
        .filter_map(|(label, sure)| {
            Some((label.parse::<Priority>().ok()?.min(Priority::High), *sure))
        })
        .collect();
    let probability = |of: Priority| -> f64 {
        let of_it = ranked.iter().filter(|(one, _)| *one == of);
        of_it.map(|(_, sure)| sure).sum()
    };
    if pressing.is_fact {
        return (
            said,
            rounded(spoken.confidence.max(probability(said))),
            true,
        );
    }
    let is_learned = analyzer.model().texts_with(Field::Priority) >= ENOUGH_LEARNED;
    match ranked.first() {
        Some((learned, _)) if is_learned => {
            (*learned, rounded(probability(*learned)), *learned == said)
        }
        // Who says that it presses is often wrong about it.
        Some(_) if said != Priority::Medium => (
            said,
            rounded(f64::midpoint(spoken.confidence, probability(said))),
            true,
        ),
        Some(_) => (said, rounded(probability(said)), true),
        None => (said, spoken.confidence, true),
    }
}

/// The skills that a ticket needs.
pub(super) struct Needed {
    /// Best first.
    pub(super) skills: Vec<Skill>,
    /// Which of them settled tickets speak for.
    pub(super) learned: Option<Skill>,
    /// The name of one that they speak for, but the desk does not know.
    pub(super) suggested: Option<String>,
    /// How sure the first one is.
    pub(super) confidence: f64,
}

/// The skills that the text names and those that settled tickets clearly speak for; where there are none, the general
/// one of the category, which is so sure as the category is.
pub(super) fn skills(
    desk: &Embedded<'_>,
    mentions: &[Mention],
    guess: Option<&Guess>,
    (category, sure_of_category): (Option<usize>, f64),
) -> Needed {
    let is_learned = desk.analyzer.model().texts_with(Field::Skill) >= ENOUGH_LEARNED;
    let guess = guess.filter(|guess| is_learned && guess.confidence >= SURE_OF_SKILL);
    let known = |guess: &Guess| skills::known(desk.vocabulary(), desk.staff_skills, &guess.label);
    let learned = guess.and_then(known);
    let chosen = skills::choose(
        desk.lexicon(),
        desk.vocabulary(),
        desk.staff_skills,
        mentions,
        category,
        learned.as_ref(),
    );
    let sure_of_chosen = sure_of(mentions, &chosen, sure_of_category);
    let sure_of_learned = guess
        .filter(|_| learned.is_some())
        .map_or(0.0, |guess| rounded(guess.confidence));
    let suggested = guess
        .filter(|_| learned.is_none())
        .map(|guess| neutral_line(&guess.label, MAX_NAME))
        .filter(|name| !name.is_empty());
    Needed {
        skills: skills::with_learned(chosen, learned.clone(), sure_of_learned > sure_of_chosen),
        learned,
        suggested,
        confidence: sure_of_chosen.max(sure_of_learned),
    }
}
