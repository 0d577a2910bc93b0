//! Evidence: what vocabulary and lexicon find in a text, before anything is decided.

use super::{
    lexicon::Lexicon,
    mentions::{self, Mention},
    token::Tokens,
    weigh::{self, Categories, Pressing},
};
use crate::domain::{
    priority::Priority,
    skill::{Skill, Vocabulary},
};

/// Everything that vocabulary and lexicon find in a text, with the words that it was found in.
pub(in crate::domain) struct Evidence<'t> {
    /// The skills that the text names, in the order of first mention.
    pub(in crate::domain) mentions: Vec<Mention>,
    /// The words that speak for each category.
    pub(in crate::domain) categories: Categories<'t>,
    /// The priority that the words speak for.
    pub(in crate::domain) pressing: Pressing<'t>,
}

impl<'t> Evidence<'t> {
    /// Reads title and description. `staff_skills` are found by their names even where the vocabulary does not contain
    /// them.
    pub(in crate::domain) fn in_text(
        lexicon: &Lexicon,
        vocabulary: &Vocabulary,
        staff_skills: &[Skill],
        parts: &[Tokens<'t>; 2],
    ) -> Self {
        let mentions = mentions::find(lexicon, vocabulary, staff_skills, parts);
        Self {
            categories: weigh::categories(lexicon, parts, &mentions),
            pressing: weigh::priority(lexicon, parts),
            mentions,
        }
    }

    /// Returns the figures that the learned model takes as its input.
    pub(in crate::domain) fn signals(&self) -> Signals {
        let pressing = &self.pressing.finding;
        Signals {
            categories: self.categories.scores.clone(),
            priority: (pressing.what, pressing.confidence),
            skills: self.mentions.iter().map(NamedSkill::of).collect(),
        }
    }
}

/// The figures of an [`Evidence`], without the words.
#[derive(Debug)]
pub(in crate::domain) struct Signals {
    /// The score of each category of the lexicon, in its order.
    pub(in crate::domain) categories: Vec<f64>,
    /// The skills that are named, in the order of first mention.
    pub(in crate::domain) skills: Vec<NamedSkill>,
    /// The priority that the words speak for, and its confidence from 0 to 1.
    pub(in crate::domain) priority: (Priority, f64),
}

/// A skill that a text names.
#[derive(Debug)]
pub(in crate::domain) struct NamedSkill {
    pub(in crate::domain) skill: Skill,
    pub(in crate::domain) in_title: bool,
    /// How often, up to a bound; a mention in the title counts several times.
    pub(in crate::domain) count: u32,
}

impl NamedSkill {
    fn of(mention: &Mention) -> Self {
        Self {
            skill: mention.skill.clone(),
            in_title: mention.in_title,
            count: mention.count,
        }
    }
}
