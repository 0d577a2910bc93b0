//! Choosing between what the words say and what was learnt.

use crate::domain::{
    learn::{Analyser, Field, Guess},
    priority::Priority,
    triage::weigh::{Pressing, rounded},
};

/// How sure a learnt skill must be to be needed.
const SURE_OF_SKILL: f64 = 0.5;

/// The priority, how sure it is, and whether the words decided. Facts of the text come first; between words for haste
/// and what was learnt the surer one wins. No text alone is [`Priority::Urgent`]: what looks so is high, and as sure as
/// it is that it presses so much at least.
pub(super) fn priority(
    analyser: &Analyser,
    guess: Option<&Guess>,
    pressing: &Pressing<'_>,
) -> (Priority, f64, bool) {
    let spoken = &pressing.finding;
    let said = spoken.what.min(Priority::High);
    let ranked = guess.map_or(&[][..], |guess| &guess.ranked);
    let likely = || {
        ranked
            .iter()
            .filter_map(|(label, sure)| Some((label.parse().ok()?, *sure)))
    };
    let probability = |of: Priority| -> f64 {
        likely()
            .filter(|(one, _): &(Priority, f64)| (*one).min(Priority::High) == of)
            .map(|(_, sure)| sure)
            .sum()
    };
    let of_words = (
        said,
        rounded(spoken.confidence.max(probability(said))),
        true,
    );
    let first = likely().next();
    let is_learnt = analyser.model().texts_with(Field::Priority) > 0;
    let Some((best, _)) = first.filter(|_| is_learnt) else {
        return of_words;
    };
    let learnt = best.min(Priority::High);
    let sure = probability(learnt);
    match spoken.what != Priority::Medium && (pressing.is_fact || spoken.confidence > sure) {
        true => of_words,
        false => (learnt, rounded(sure), learnt == said),
    }
}

/// The name of the skill that settled tickets speak for, where they do clearly.
pub(super) fn skill<'g>(analyser: &Analyser, guess: Option<&'g Guess>) -> Option<&'g Guess> {
    let is_learnt = analyser.model().texts_with(Field::Skill) > 0;
    guess.filter(|guess| is_learnt && guess.confidence >= SURE_OF_SKILL)
}
