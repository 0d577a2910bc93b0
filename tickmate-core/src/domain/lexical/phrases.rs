//! Phrases: finds the longest known name that begins at a word.

use std::{
    collections::{BTreeMap, HashMap},
    ops::Bound,
};

use super::token::{Gap, Tokens};
use crate::domain::skill::key;

/// The maximum number of words of a phrase.
const MAX_WORDS: usize = 4;
/// The minimum length of a name that matches several words with white space between, in bytes.
const MIN_SPACED: usize = 3;
/// The minimum length of a word whose plural is recognized, in bytes.
const MIN_PLURAL: usize = 5;
/// The number of characters by which stems are indexed.
const STEM_HEAD: usize = 3;

/// Returns the longest name of `map` that begins at the word `at`, as its number of words and its value. The words of
/// the text may be divided differently: `java script` matches `JavaScript`.
pub(in crate::domain) fn longest<'m, V>(
    map: &'m BTreeMap<String, V>,
    tokens: &Tokens<'_>,
    at: usize,
    buffer: &mut String,
) -> Option<(usize, &'m V)> {
    longest_matching(map, |_| true, tokens, at, buffer)
}

/// Like [`longest`], but considers only the names that `is_candidate` accepts.
pub(in crate::domain) fn longest_matching<'m, V>(
    map: &'m BTreeMap<String, V>,
    is_candidate: impl Fn(&str) -> bool,
    tokens: &Tokens<'_>,
    at: usize,
    buffer: &mut String,
) -> Option<(usize, &'m V)> {
    buffer.clear();
    if tokens.list()[at].has_dot {
        buffer.push_str("dot");
    }
    let mut best = None;
    let mut has_space = false;
    for (words, index) in (at..tokens.len()).take(MAX_WORDS).enumerate() {
        if words > 0 {
            match tokens.list()[index].gap {
                Gap::Break => break,
                Gap::Space => has_space = true,
                Gap::Tight => {}
            }
        }
        buffer.push_str(tokens.key(index));
        let mut matches = map
            .range::<str, _>((Bound::Included(buffer.as_str()), Bound::Unbounded))
            .take_while(|(name, _)| name.starts_with(buffer.as_str()))
            .take(2);
        let first = matches.next();
        let exact = first.filter(|(name, _)| name.len() == buffer.len());
        let value = match exact {
            Some((name, value)) => is_candidate(name).then_some(value),
            None => singular(buffer)
                .filter(|name| is_candidate(name))
                .and_then(|name| map.get(name)),
        };
        if let Some(value) = value
            && (!has_space || buffer.len() >= MIN_SPACED)
        {
            best = Some((words + 1, value));
        }
        let is_prefix = match exact {
            Some(_) => matches.next().is_some(),
            None => first.is_some(),
        };
        if !is_prefix {
            break;
        }
    }
    best
}

/// Returns the singular of a word with a plural `s`.
pub(in crate::domain) fn singular(word: &str) -> Option<&str> {
    let stem = word.strip_suffix('s')?;
    (word.len() >= MIN_PLURAL && !stem.ends_with(['s', 'u', 'i'])).then_some(stem)
}

/// The maximum length of the prefixes in [`PrefixFilter`], in bytes.
const MAX_PREFIX: usize = 4;
const BITS: usize = 1 << 15;

/// A Bloom filter of the prefixes of names. It rejects most words of a text at once, because they begin no name. It
/// may contain a prefix that was never added, but never misses one that was.
#[derive(Debug, Clone, Default)]
struct PrefixFilter {
    words: Vec<u64>,
}

impl PrefixFilter {
    fn add(&mut self, prefix: &[u8]) {
        self.words.resize(BITS / 64, 0);
        let (place, bit) = Self::bit(prefix);
        if let Some(words) = self.words.get_mut(place) {
            *words |= bit;
        }
    }

    fn has(&self, prefix: &[u8]) -> bool {
        let (place, bit) = Self::bit(prefix);
        self.words.get(place).is_some_and(|words| words & bit != 0)
    }

    /// Returns the word and the bit of a prefix, by its FNV-1a hash.
    fn bit(prefix: &[u8]) -> (usize, u64) {
        let hash = prefix
            .iter()
            .fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| {
                (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
            });
        let folded = hash ^ (hash >> 32);
        let number = usize::try_from(folded % BITS as u64).unwrap_or(0);
        (number / 64, 1 << (number % 64))
    }
}

/// A map from phrases to values. A phrase that ends in `*` matches words with that prefix.
#[derive(Debug, Clone)]
pub(in crate::domain) struct Phrases<V> {
    whole: BTreeMap<String, V>,
    stems: HashMap<String, Vec<(String, V)>>,
    prefixes: PrefixFilter,
    heads: PrefixFilter,
}

impl<V> Default for Phrases<V> {
    fn default() -> Self {
        Self {
            whole: BTreeMap::new(),
            stems: HashMap::new(),
            prefixes: PrefixFilter::default(),
            heads: PrefixFilter::default(),
        }
    }
}

impl<V: Default> Phrases<V> {
    /// Returns the value of a phrase, created if needed; `None` if the phrase has no letters, or its prefix is too
    /// short.
    pub(in crate::domain) fn entry(&mut self, phrase: &str) -> Option<&mut V> {
        let name = key(phrase.trim_end_matches('*'));
        if name.is_empty() {
            return None;
        }
        if !phrase.ends_with('*') {
            for length in 1..=name.len().min(MAX_PREFIX) {
                self.prefixes.add(&name.as_bytes()[..length]);
            }
            return Some(self.whole.entry(name).or_default());
        }
        self.heads.add(head(&name)?.as_bytes());
        let stems = self.stems.entry(head(&name)?.to_owned()).or_default();
        let place = match stems.iter().position(|(stem, _)| *stem == name) {
            Some(place) => place,
            None => {
                let place = stems
                    .iter()
                    .take_while(|(stem, _)| stem.len() >= name.len())
                    .count();
                stems.insert(place, (name, V::default()));
                place
            }
        };
        stems.get_mut(place).map(|(_, value)| value)
    }
}

impl<V> Phrases<V> {
    /// Returns the longest phrase that begins at a word, otherwise its longest stem.
    pub(in crate::domain) fn longest(
        &self,
        tokens: &Tokens<'_>,
        at: usize,
        buffer: &mut String,
    ) -> Option<(usize, &V)> {
        let word = tokens.key(at);
        // A leading dot becomes `dot` before the word.
        let prefix = &word.as_bytes()[..word.len().min(MAX_PREFIX)];
        let may_match = tokens.list()[at].has_dot || self.prefixes.has(prefix);
        let whole = may_match.then(|| longest(&self.whole, tokens, at, buffer));
        whole.flatten().or_else(|| {
            let head = head(word).filter(|head| self.heads.has(head.as_bytes()))?;
            let (_, value) = self
                .stems
                .get(head)?
                .iter()
                .find(|(stem, _)| word.starts_with(stem.as_str()))?;
            Some((1, value))
        })
    }
}

fn head(word: &str) -> Option<&str> {
    let (end, last) = word.char_indices().nth(STEM_HEAD - 1)?;
    Some(&word[..end + last.len_utf8()])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find_first(names: &[&'static str], text: &str) -> Option<(usize, &'static str)> {
        let mut phrases = Phrases::default();
        for name in names {
            *phrases.entry(name).unwrap() = *name;
        }
        let tokens = Tokens::of(text);
        let mut buffer = String::new();
        phrases
            .longest(&tokens, 0, &mut buffer)
            .map(|(words, name)| (words, *name))
    }

    #[test]
    fn the_longest_name_wins() {
        let names = &[
            "Java",
            "JavaScript",
            "SQL Server",
            "SQL",
            ".NET",
            "Wi-Fi",
            "R3",
        ];
        for (text, expected) in [
            ("Java", Some((1, "Java"))),
            ("java script", Some((2, "JavaScript"))),
            ("java-script", Some((2, "JavaScript"))),
            ("Java, script", Some((1, "Java"))),
            ("Javanese", None),
            ("sql servers are", Some((2, "SQL Server"))),
            ("SQL Serverless", Some((1, "SQL"))),
            (".net", Some((1, ".NET"))),
            ("net", None),
            ("wifi", Some((1, "Wi-Fi"))),
            ("r/3", Some((2, "R3"))),
            ("r 3", None),
        ] {
            assert_eq!(find_first(names, text), expected, "{text}");
        }
    }

    #[test]
    fn stems_match_longer_words() {
        let names = &["rechnung*", "rechnungshof", "rech*"];
        assert_eq!(find_first(names, "Rechnungsnummer"), Some((1, "rechnung*")));
        assert_eq!(find_first(names, "Rechnungshof"), Some((1, "rechnungshof")));
        assert_eq!(find_first(names, "Rechen"), Some((1, "rech*")));
        assert_eq!(find_first(names, "Re"), None);
        assert_eq!(Phrases::<u8>::default().entry("*"), None);
        assert_eq!(Phrases::<u8>::default().entry("ab*"), None);
    }
}
