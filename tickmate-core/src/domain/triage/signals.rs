//! Signals: what vocabulary and lexicon see in a text, before anything is decided.

use super::{lexicon::Lexicon, skills, token::Tokens, weigh};
use crate::domain::{
    priority::Priority,
    skill::{Skill, Vocabulary},
};

/// What vocabulary and lexicon see in a text.
#[derive(Debug)]
pub(in crate::domain) struct Signals {
    /// What speaks for each category of the lexicon, in its order.
    pub(in crate::domain) categories: Vec<f64>,
    /// The skills that are named, in the order of first mention.
    pub(in crate::domain) skills: Vec<Named>,
    /// The priority that the words speak for, and how sure that is, from 0 to 1.
    pub(in crate::domain) priority: (Priority, f64),
}

/// A skill that is named.
#[derive(Debug)]
pub(in crate::domain) struct Named {
    pub(in crate::domain) skill: Skill,
    pub(in crate::domain) in_title: bool,
    /// How often, up to a bound; a mention in the title counts several times.
    pub(in crate::domain) count: u32,
}

/// Reads title and description; `held` are skills that are found by their names even where the vocabulary does not
/// know them.
pub(in crate::domain) fn signals(
    lexicon: &Lexicon,
    vocabulary: &Vocabulary,
    held: &[Skill],
    parts: &[Tokens<'_>; 2],
) -> Signals {
    let mentions = skills::find(lexicon, vocabulary, held, parts);
    let priority = weigh::priority(lexicon, parts).finding;
    Signals {
        categories: weigh::categories(lexicon, parts, &mentions).scores,
        priority: (priority.what, priority.confidence),
        skills: mentions.iter().map(Named::of).collect(),
    }
}

impl Named {
    pub(super) fn of(mention: &skills::Mention) -> Self {
        Self {
            skill: mention.skill.clone(),
            in_title: mention.in_title,
            count: mention.count,
        }
    }
}
