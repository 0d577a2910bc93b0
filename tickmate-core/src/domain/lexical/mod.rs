//! Lexical analysis: the words of a text, and the categories, skills and priority that vocabulary and lexicon find in
//! them.

mod evidence;
mod lexicon;
pub(in crate::domain) mod mentions;
pub(in crate::domain) mod phrases;
pub(in crate::domain) mod token;
pub(in crate::domain) mod weigh;

pub(in crate::domain) use self::evidence::{Evidence, Signals};
pub use self::lexicon::{
    AmbiguousNames, CategoryEntry, Lexicon, LexiconData, LexiconError, PriorityTerms, Terms,
};
