//! Terms: the forms of words as stores keep them.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

/// Distinct terms, in the order of their first occurrence.
///
/// A term is made of letters, digits and marks, `+`, `#` and `.`, with `~` or `^` before a form that is not the exact one.
/// It never holds white space, quotes or control characters.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Terms(Vec<String>);

impl Terms {
    /// Reads terms that [`Terms::joined`] has written.
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

    /// Whether this term is one of them. The cost is linear in the number of terms.
    pub fn contains(&self, term: &str) -> bool {
        self.0.iter().any(|one| one == term)
    }

    /// Whether there are none.
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Collects distinct terms up to a limit.
#[derive(Debug)]
pub(super) struct TermSet {
    seen: HashSet<String>,
    terms: Vec<String>,
    limit: usize,
}

impl TermSet {
    pub(super) fn new(limit: usize) -> Self {
        Self {
            seen: HashSet::new(),
            terms: Vec::new(),
            limit,
        }
    }

    /// Adds a term, unless it is there or the set is full.
    pub(super) fn add(&mut self, term: &str) {
        if !self.is_full() && !self.seen.contains(term) {
            self.seen.insert(term.to_owned());
            self.terms.push(term.to_owned());
        }
    }

    pub(super) const fn is_full(&self) -> bool {
        self.terms.len() >= self.limit
    }

    pub(super) fn into_terms(self) -> Terms {
        Terms(self.terms)
    }
}

/// The term of a word without diacritics.
pub(super) fn folded_term(folded: &str) -> String {
    format!("~{folded}")
}

/// The term of a stem.
pub(super) fn stem_term(stem: &str) -> String {
    format!("^{stem}")
}
