//! Search words: one tokenizer for texts and queries, so that every store finds the same tickets. Stores only index terms
//! and look them up; they never split a text.
//!
//! A word has up to three forms, each a *term*:
//!
//! | form | example | term |
//! |---|---|---|
//! | exact: NFC and full case folding | `Müllers` | `müllers` |
//! | folded: without diacritics | `Müllers` | `~mullers` |
//! | stem: one for each language of the [`Tokenizer`] | `Müllers` | `^muller`, `^mull` |
//!
//! A form that equals the exact one is not repeated. Letters and digits make a word. `+` and `#` after a letter and a dot
//! before one belong to it (`C++`, `C#`, `.NET`); the word without them is found as well. A change of script ends a word,
//! and so do an apostrophe and a dot inside one, in texts and queries (`don't`, `3.5`): `pdf` finds `report.pdf`. Han,
//! Kana and Hangul are indexed as overlapping pairs of characters and as single characters: a query of several characters
//! looks for the pairs, a query of one character for the character.

mod normalize;
mod query;
mod segment;
mod stem;
mod term;
#[cfg(test)]
mod tests;
mod ticket;

pub use query::{Form, QueryWord, WordQuery};
pub use stem::{StemLanguage, UnknownStemLanguage};
pub use term::Terms;
pub use ticket::{MAX_TICKET_WORDS, TicketTerms};

use normalize::{fold_diacritics, normalize};
use segment::{Segment, segments};
use stem::stems;
use term::{TermSet, folded_term, stem_term};

/// The most distinct words of a query that count; the words after them are ignored. A pair of Han, Kana or Hangul counts
/// as a word.
pub const MAX_QUERY_WORDS: usize = 32;
/// The most characters of a word that count. Longer words with the same beginning are the same word.
pub const MAX_WORD_CHARS: usize = 64;

/// Splits texts and queries into words.
///
/// ```
/// use tickmate_core::domain::words::{Form, Tokenizer};
///
/// let tokenizer = Tokenizer::default();
/// let terms = tokenizer.terms(["VPN für Müller", "Printers are down."]);
/// let form = |query: &str| tokenizer.query(query).best_form(|term| terms.contains(term));
/// assert_eq!(form("vpn MÜLLER"), Some(Form::Exact));
/// assert_eq!(form("muller"), Some(Form::Folded));
/// assert_eq!(form("printer"), Some(Form::Stem));
/// assert_eq!(form("vpn scanner"), None);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tokenizer {
    languages: Vec<StemLanguage>,
}

impl Default for Tokenizer {
    /// Creates a tokenizer with the stems of English and German.
    fn default() -> Self {
        Self::new([StemLanguage::English, StemLanguage::German])
    }
}

impl Tokenizer {
    /// Creates a tokenizer with the stems of these languages. Without a language no stems are found.
    pub fn new(languages: impl IntoIterator<Item = StemLanguage>) -> Self {
        let mut distinct = Vec::new();
        for language in languages {
            if !distinct.contains(&language) {
                distinct.push(language);
            }
        }
        Self {
            languages: distinct,
        }
    }

    /// Returns the distinct terms of the first [`MAX_TICKET_WORDS`] words of these texts, in the order of their first
    /// occurrence. The cost is linear in the length of the texts.
    pub fn terms<'a>(&self, texts: impl IntoIterator<Item = &'a str>) -> Terms {
        let mut terms = TermSet::new(MAX_TICKET_WORDS);
        for text in texts {
            for segment in segments(&normalize(text)) {
                self.add_segment(segment, &mut terms);
                if terms.is_full() {
                    return terms.into_terms();
                }
            }
        }
        terms.into_terms()
    }

    /// Splits a query into words. It is empty if the text contains no word.
    pub fn query(&self, text: &str) -> WordQuery {
        let mut words: Vec<QueryWord> = Vec::new();
        for segment in segments(&normalize(text)) {
            let mut add = |word: QueryWord| {
                if words.len() < MAX_QUERY_WORDS && !words.contains(&word) {
                    words.push(word);
                }
            };
            match segment {
                Segment::Word { word, bare, script } => {
                    let is_bare = word == bare;
                    let stems = match is_bare {
                        true => stems(bare, script, &self.languages),
                        false => Vec::new(),
                    };
                    add(QueryWord::new(word, &fold_diacritics(word), &stems));
                }
                Segment::Unspaced(run) => {
                    let mut pairs = pairs(run).peekable();
                    match pairs.peek() {
                        Some(_) => pairs.for_each(|pair| add(QueryWord::exact(pair))),
                        None => add(QueryWord::exact(run)),
                    }
                }
            }
            if words.len() >= MAX_QUERY_WORDS {
                break;
            }
        }
        WordQuery::new(words)
    }

    fn add_segment(&self, segment: Segment<'_>, terms: &mut TermSet) {
        match segment {
            Segment::Word { word, bare, script } => {
                terms.add(word);
                for form in [bare, word] {
                    let folded = fold_diacritics(form);
                    if folded != word {
                        terms.add(&folded_term(&folded));
                    }
                }
                for stem in stems(bare, script, &self.languages) {
                    if stem != word {
                        terms.add(&stem_term(&stem));
                    }
                }
            }
            Segment::Unspaced(run) => {
                pairs(run).for_each(|pair| terms.add(pair));
                characters(run).for_each(|character| terms.add(character));
            }
        }
    }
}

/// Returns the starts of a run's characters. A combining mark belongs to the character before it, and is a character of
/// its own at the start of the run.
fn starts(run: &str) -> impl Iterator<Item = usize> {
    run.char_indices()
        .filter(|(at, c)| *at == 0 || !unicode_normalization::char::is_combining_mark(*c))
        .map(|(at, _)| at)
}

fn characters(run: &str) -> impl Iterator<Item = &str> {
    let ends = starts(run).skip(1).chain([run.len()]);
    starts(run).zip(ends).map(|(start, end)| &run[start..end])
}

fn pairs(run: &str) -> impl Iterator<Item = &str> {
    let ends = starts(run).skip(2).chain([run.len()]);
    let count = starts(run).count().saturating_sub(1);
    let pairs = starts(run).take(count).zip(ends);
    pairs.map(|(start, end)| &run[start..end])
}
