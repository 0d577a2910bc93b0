//! Phrases: finding the longest known name that begins at a word.

use std::{
    collections::{BTreeMap, HashMap},
    ops::Bound,
};

use super::token::{Gap, Tokens};
use crate::domain::skill::key;

/// The most words of a phrase.
const MAX_WORDS: usize = 4;
/// The fewest characters of a name that may stand in the text as several words with white space between.
const MIN_SPACED: usize = 3;
/// The fewest characters of a word whose plural is taken for it.
const MIN_PLURAL: usize = 5;
/// How many characters of a stem are looked up before it is compared.
const STEM_HEAD: usize = 3;

/// The longest name of the map that begins at this word: how many words it has, and what it stands for. The
/// words of the text may be divided otherwise than the name's: `java script` is `JavaScript`.
pub(in crate::domain) fn longest<'m, V>(
    map: &'m BTreeMap<String, V>,
    tokens: &Tokens<'_>,
    at: usize,
    buffer: &mut String,
) -> Option<(usize, &'m V)> {
    longest_of(map, |_| true, tokens, at, buffer)
}

/// [`longest`] among the names that are told apart as those that count.
pub(in crate::domain) fn longest_of<'m, V>(
    map: &'m BTreeMap<String, V>,
    counts: impl Fn(&str) -> bool,
    tokens: &Tokens<'_>,
    at: usize,
    buffer: &mut String,
) -> Option<(usize, &'m V)> {
    buffer.clear();
    if tokens.list()[at].has_dot {
        buffer.push_str("dot");
    }
    let mut best = None;
    let mut spaced = false;
    for (words, index) in (at..tokens.len()).take(MAX_WORDS).enumerate() {
        if words > 0 {
            match tokens.list()[index].gap {
                Gap::Break => break,
                Gap::Space => spaced = true,
                Gap::Tight => {}
            }
        }
        buffer.push_str(tokens.key(index));
        let mut from_here = map
            .range::<str, _>((Bound::Included(buffer.as_str()), Bound::Unbounded))
            .take_while(|(name, _)| name.starts_with(buffer.as_str()))
            .take(2);
        let first = from_here.next();
        let exact = first.filter(|(name, _)| name.len() == buffer.len());
        let found = match exact {
            Some((name, value)) => counts(name).then_some(value),
            None => singular(buffer)
                .filter(|name| counts(name))
                .and_then(|name| map.get(name)),
        };
        if let Some(value) = found
            && (!spaced || buffer.len() >= MIN_SPACED)
        {
            best = Some((words + 1, value));
        }
        let goes_on = match exact {
            Some(_) => from_here.next().is_some(),
            None => first.is_some(),
        };
        if !goes_on {
            break;
        }
    }
    best
}

/// The word without the sign of its plural.
pub(in crate::domain) fn singular(word: &str) -> Option<&str> {
    let stem = word.strip_suffix('s')?;
    (word.len() >= MIN_PLURAL && !stem.ends_with(['s', 'u', 'i'])).then_some(stem)
}

/// How many bytes of a name are looked at before it is looked up, and how many marks there are for them.
const BEGINNING: usize = 4;
const MARKS: usize = 1 << 15;

/// How names begin. Most words of a text begin none, which is seen here at once. A beginning that was never added may
/// seem to be there, one that was added is.
#[derive(Debug, Clone, Default)]
struct Beginnings {
    marks: Vec<u64>,
}

impl Beginnings {
    fn add(&mut self, beginning: &[u8]) {
        self.marks.resize(MARKS / 64, 0);
        let (place, mark) = Self::mark(beginning);
        if let Some(marks) = self.marks.get_mut(place) {
            *marks |= mark;
        }
    }

    fn has(&self, beginning: &[u8]) -> bool {
        let (place, mark) = Self::mark(beginning);
        self.marks.get(place).is_some_and(|marks| marks & mark != 0)
    }

    /// FNV-1a.
    fn mark(beginning: &[u8]) -> (usize, u64) {
        let hash = beginning
            .iter()
            .fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| {
                (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
            });
        let folded = hash ^ (hash >> 32);
        let number = usize::try_from(folded % MARKS as u64).unwrap_or(0);
        (number / 64, 1 << (number % 64))
    }
}

/// Phrases with what they stand for. One that ends in `*` is found wherever a word begins with it.
#[derive(Debug, Clone)]
pub(in crate::domain) struct Phrases<V> {
    whole: BTreeMap<String, V>,
    stems: HashMap<String, Vec<(String, V)>>,
    beginnings: Beginnings,
    heads: Beginnings,
}

impl<V> Default for Phrases<V> {
    fn default() -> Self {
        Self {
            whole: BTreeMap::new(),
            stems: HashMap::new(),
            beginnings: Beginnings::default(),
            heads: Beginnings::default(),
        }
    }
}

impl<V: Default> Phrases<V> {
    /// What a phrase stands for, to be filled in; none for one without letters, or a stem that is too short.
    pub(in crate::domain) fn entry(&mut self, phrase: &str) -> Option<&mut V> {
        let name = key(phrase.trim_end_matches('*'));
        if name.is_empty() {
            return None;
        }
        if !phrase.ends_with('*') {
            for length in 1..=name.len().min(BEGINNING) {
                self.beginnings.add(&name.as_bytes()[..length]);
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
    /// The longest phrase that begins at this word, else the longest stem of it.
    pub(in crate::domain) fn longest(
        &self,
        tokens: &Tokens<'_>,
        at: usize,
        buffer: &mut String,
    ) -> Option<(usize, &V)> {
        let word = tokens.key(at);
        // A dot that leads the word is spelled out before it.
        let beginning = &word.as_bytes()[..word.len().min(BEGINNING)];
        let may_begin = tokens.list()[at].has_dot || self.beginnings.has(beginning);
        let whole = may_begin.then(|| longest(&self.whole, tokens, at, buffer));
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

    fn found(names: &[&'static str], text: &str) -> Option<(usize, &'static str)> {
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
            assert_eq!(found(names, text), expected, "{text}");
        }
    }

    #[test]
    fn stems_find_longer_words() {
        let names = &["rechnung*", "rechnungshof", "rech*"];
        assert_eq!(found(names, "Rechnungsnummer"), Some((1, "rechnung*")));
        assert_eq!(found(names, "Rechnungshof"), Some((1, "rechnungshof")));
        assert_eq!(found(names, "Rechen"), Some((1, "rech*")));
        assert_eq!(found(names, "Re"), None);
        assert_eq!(Phrases::<u8>::default().entry("*"), None);
        assert_eq!(Phrases::<u8>::default().entry("ab*"), None);
    }
}
