//! Word queries: words that are each found by any of their forms.

use serde::{Deserialize, Serialize};

use super::term::{folded_term, stem_term};

/// The form by which a word was found, the best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Form {
    /// As in the query, apart from case.
    Exact,
    /// Without diacritics.
    Folded,
    /// By its stem.
    Stem,
}

impl Form {
    /// All forms, the best first.
    pub const ALL: [Self; 3] = [Self::Exact, Self::Folded, Self::Stem];

    /// Returns the next better form; none before [`Form::Exact`].
    pub const fn better(self) -> Option<Self> {
        match self {
            Self::Exact => None,
            Self::Folded => Some(Self::Exact),
            Self::Stem => Some(Self::Folded),
        }
    }
}

/// One word of a query.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct QueryWord {
    exact: String,
    folded: Vec<String>,
    stems: Vec<String>,
}

impl QueryWord {
    /// Creates a word that is only found in its exact form.
    pub(super) fn exact(word: &str) -> Self {
        Self {
            exact: word.to_owned(),
            folded: Vec::new(),
            stems: Vec::new(),
        }
    }

    /// Creates a word with its forms. A text does not repeat a form that equals its exact one, so the unmarked terms count too.
    pub(super) fn new(word: &str, folded: &str, stems: &[String]) -> Self {
        let mut query = Self::exact(word);
        for term in [folded.to_owned(), folded_term(folded)] {
            if term != word {
                query.folded.push(term);
            }
        }
        for stem in stems {
            for term in [stem.clone(), stem_term(stem)] {
                if term != word && !query.folded.contains(&term) {
                    query.stems.push(term);
                }
            }
        }
        query
    }

    /// Returns the terms by which the word is found in this form or a better one.
    pub fn terms(&self, form: Form) -> impl Iterator<Item = &str> {
        let folded = self.folded.iter().filter(move |_| form >= Form::Folded);
        let stems = self.stems.iter().filter(move |_| form >= Form::Stem);
        let exact = std::iter::once(&self.exact);
        exact.chain(folded).chain(stems).map(String::as_str)
    }
}

/// Words that a ticket must contain, all of them, in its title, its description or its public replies. An empty query
/// finds every ticket.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct WordQuery {
    words: Vec<QueryWord>,
}

impl WordQuery {
    pub(super) const fn new(words: Vec<QueryWord>) -> Self {
        Self { words }
    }

    /// Returns the words, each once.
    pub fn words(&self) -> &[QueryWord] {
        &self.words
    }

    /// Returns the forms by which the query may find a ticket, the best first.
    pub fn forms(&self) -> impl Iterator<Item = Form> {
        let has = |form: Form| match form {
            Form::Exact => true,
            Form::Folded => self.words.iter().any(|word| !word.folded.is_empty()),
            Form::Stem => self.words.iter().any(|word| !word.stems.is_empty()),
        };
        Form::ALL.into_iter().filter(move |form| has(*form))
    }

    /// Returns whether the query has no words.
    pub const fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// Returns the best form in which all words are found in a ticket: the form of the worst match. None if a word is missing.
    /// `has` returns whether the ticket has a term.
    pub fn best_form(&self, has: impl Fn(&str) -> bool) -> Option<Form> {
        let is_found = |form: &Form| {
            let mut words = self.words.iter();
            words.all(|word| word.terms(*form).any(&has))
        };
        Form::ALL.into_iter().find(is_found)
    }
}
