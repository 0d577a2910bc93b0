//! Evidence: the skills, categories and priority that vocabulary and lexicon find in a text, as the input of a
//! decision.

use super::{
    lexicon::Lexicon,
    mentions::{self, Mention},
    token::Tokens,
    weigh::{self, Categories, PriorityEvidence},
};
use crate::domain::{
    priority::Priority,
    skill::{Skill, Vocabulary},
};

/// The findings of vocabulary and lexicon in a text, with the words on which they are based.
pub(in crate::domain) struct Evidence<'t> {
    /// The skills that the text names, in the order of first mention.
    pub(in crate::domain) mentions: Vec<Mention>,
    /// The words that indicate each category.
    pub(in crate::domain) categories: Categories<'t>,
    /// The priority that the words indicate.
    pub(in crate::domain) priority: PriorityEvidence<'t>,
}

impl<'t> Evidence<'t> {
    /// Analyzes title and description. `staff_skills` are found by their names even if the vocabulary does not
    /// contain them.
    pub(in crate::domain) fn in_text(
        lexicon: &Lexicon,
        vocabulary: &Vocabulary,
        staff_skills: &[Skill],
        parts: &[Tokens<'t>; 2],
    ) -> Self {
        let mentions = mentions::find(lexicon, vocabulary, staff_skills, parts);
        Self {
            categories: weigh::categories(lexicon, parts, &mentions),
            priority: weigh::priority(lexicon, parts),
            mentions,
        }
    }

    /// Returns the numbers that the learned model takes as its input.
    pub(in crate::domain) fn signals(&self) -> Signals {
        let finding = &self.priority.finding;
        Signals {
            categories: self.categories.scores.clone(),
            priority: (finding.value, finding.confidence),
            skills: self.mentions.iter().map(NamedSkill::of).collect(),
        }
    }
}

/// The numbers of an [`Evidence`], without the words.
#[derive(Debug)]
pub(in crate::domain) struct Signals {
    /// The score of each category of the lexicon, in its order.
    pub(in crate::domain) categories: Vec<f64>,
    /// The skills that are named, in the order of first mention.
    pub(in crate::domain) skills: Vec<NamedSkill>,
    /// The priority that the words indicate, and its confidence from 0 to 1.
    pub(in crate::domain) priority: (Priority, f64),
}

/// A skill that a text names.
#[derive(Debug)]
pub(in crate::domain) struct NamedSkill {
    pub(in crate::domain) skill: Skill,
    pub(in crate::domain) in_title: bool,
    /// The number of mentions, up to a bound; a mention in the title counts several times.
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
