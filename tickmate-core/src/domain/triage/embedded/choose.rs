//! Choosing between what the words say and what was learnt.

use crate::domain::{
    learn::{Analyser, Field, Guess},
    priority::Priority,
    triage::weigh::{Pressing, rounded},
};

/// How sure a learnt skill must be to be needed.
const SURE_OF_SKILL: f64 = 0.5;

/// From how many settled tickets with a priority on what was learnt counts before mere words. It weighs the words too,
/// and more justly.
const ENOUGH_LEARNT: u32 = 20;

/// The priority, how sure it is, and whether the words decided. Facts of the text come first, then what was learnt, then
/// words for haste. No text alone is [`Priority::Urgent`]: what looks so is high, and as sure as it is that it presses
/// so much at least.
pub(super) fn priority(
    analyser: &Analyser,
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
    let is_learnt = analyser.model().texts_with(Field::Priority) >= ENOUGH_LEARNT;
    match ranked.first() {
        Some((learnt, _)) if is_learnt => (*learnt, rounded(probability(*learnt)), *learnt == said),
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

/// The skill that settled tickets speak for, where they do clearly.
pub(super) fn skill<'g>(analyser: &Analyser, guess: Option<&'g Guess>) -> Option<&'g Guess> {
    let is_learnt = analyser.model().texts_with(Field::Skill) > 0;
    guess.filter(|guess| is_learnt && guess.confidence >= SURE_OF_SKILL)
}
