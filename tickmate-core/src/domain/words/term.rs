//! Terms: the forms of words that stores index.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

/// Distinct terms, in the order of their first occurrence.
///
/// A term consists of letters, digits and marks, `+`, `#` and `.`, with `~` or `^` before a form that is not the exact one.
/// It never contains white space, quotes or control characters.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Terms(Vec<String>);

impl Terms {
    /// Parses the output of [`Terms::joined`].
    pub fn from_joined(text: &str) -> Self {
        Self(text.split_ascii_whitespace().map(str::to_owned).collect())
    }

    /// Returns the terms as one text, with a space between them.
    pub fn joined(&self) -> String {
        self.0.join(" ")
    }

    /// Returns the terms.
    pub fn as_slice(&self) -> &[String] {
        &self.0
    }

    /// Returns the terms in exact form.
    pub fn words(&self) -> impl Iterator<Item = &str> {
        self.0
            .iter()
            .map(String::as_str)
            .filter(|term| is_word(term))
    }

    /// Returns whether this term is contained. The cost is linear in the number of terms.
    pub fn contains(&self, term: &str) -> bool {
        self.0.iter().any(|one| one == term)
    }

    /// Returns whether there are no terms.
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Collects the distinct terms of the first words, up to a limit of distinct words.
#[derive(Debug)]
pub(super) struct TermSet {
    seen: HashSet<String>,
    terms: Vec<String>,
    words_left: usize,
    is_full: bool,
}

impl TermSet {
    pub(super) fn new(most_words: usize) -> Self {
        Self {
            seen: HashSet::new(),
            terms: Vec::new(),
            words_left: most_words,
            is_full: false,
        }
    }

    /// Adds a term, unless it exists or belongs to a word beyond the limit. The other forms of a word come after its exact one.
    pub(super) fn add(&mut self, term: &str) {
        if self.is_full || self.seen.contains(term) {
            return;
        }
        if is_word(term) {
            match self.words_left.checked_sub(1) {
                Some(left) => self.words_left = left,
                None => {
                    self.is_full = true;
                    return;
                }
            }
        }
        self.seen.insert(term.to_owned());
        self.terms.push(term.to_owned());
    }

    /// Returns whether a word exceeded the limit: no further term is added.
    pub(super) const fn is_full(&self) -> bool {
        self.is_full
    }

    pub(super) fn into_terms(self) -> Terms {
        Terms(self.terms)
    }
}

/// Returns whether a term is in exact form.
fn is_word(term: &str) -> bool {
    !term.starts_with(['~', '^'])
}

/// Returns the term of a word without diacritics.
pub(super) fn folded_term(folded: &str) -> String {
    format!("~{folded}")
}

/// Returns the term of a stem.
pub(super) fn stem_term(stem: &str) -> String {
    format!("^{stem}")
}
