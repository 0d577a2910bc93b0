//! Choosing between what the words say and what was learnt.

use super::Embedded;
use crate::domain::{
    learn::{Analyser, Field, Guess},
    priority::Priority,
    skill::Skill,
    triage::{
        analyse::sure_of,
        plain::neutral_line,
        skills::{self, Mention},
        weigh::{Pressing, rounded},
    },
};

/// How sure a learnt skill must be to be needed.
const SURE_OF_SKILL: f64 = 0.5;
/// The most characters of a learnt skill that the desk does not know.
const MAX_NAME: usize = 60;

/// From how many settled tickets that say something of a field on what was learnt of it counts. Before that a few alike
/// would seem to be all that there is.
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

/// The skills that a ticket needs.
pub(super) struct Needed {
    /// Best first.
    pub(super) skills: Vec<Skill>,
    /// Which of them settled tickets speak for.
    pub(super) learnt: Option<Skill>,
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
    let is_learnt = desk.analyser.model().texts_with(Field::Skill) >= ENOUGH_LEARNT;
    let guess = guess.filter(|guess| is_learnt && guess.confidence >= SURE_OF_SKILL);
    let known = |guess: &Guess| skills::known(desk.vocabulary(), desk.staff_skills, &guess.label);
    let learnt = guess.and_then(known);
    let chosen = skills::choose(
        desk.lexicon(),
        desk.vocabulary(),
        desk.staff_skills,
        mentions,
        category,
        learnt.as_ref(),
    );
    let sure_of_chosen = sure_of(mentions, &chosen, sure_of_category);
    let sure_of_learnt = guess
        .filter(|_| learnt.is_some())
        .map_or(0.0, |guess| rounded(guess.confidence));
    let suggested = guess
        .filter(|_| learnt.is_none())
        .map(|guess| neutral_line(&guess.label, MAX_NAME))
        .filter(|name| !name.is_empty());
    Needed {
        skills: skills::with_learnt(chosen, learnt.clone(), sure_of_learnt > sure_of_chosen),
        learnt,
        suggested,
        confidence: sure_of_chosen.max(sure_of_learnt),
    }
}
