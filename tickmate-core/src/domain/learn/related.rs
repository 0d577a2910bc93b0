//! Related words: groups of words of several languages with similar meanings.

use std::collections::HashMap;

use super::hash::{Hash, IdentityHasher};
use crate::domain::{lexical::token::Tokens, skill::key};

/// The endings that are removed from words, longest first, if the stem is long enough.
const ENDINGS: [&str; 26] = [
    "ations", "ation", "ungen", "ments", "ions", "ings", "ment", "ing", "ung", "ion", "ers", "ies",
    "ed", "es", "en", "er", "em", "al", "as", "os", "s", "e", "n", "y", "a", "o",
];
/// The minimum length of a stem in bytes, in general and for the endings of `factura` or `pedidos`. The latter is
/// longer to distinguish `quota` from `quote`.
const MIN_STEM: usize = 4;
const MIN_STEM_OF_VOWEL: usize = 5;

/// Returns the approximate common part of the forms of a word, in English and related languages.
pub(super) fn stem(word: &str) -> &str {
    let min_length = |ending: &str| match ending {
        "a" | "o" | "as" | "os" => MIN_STEM_OF_VOWEL,
        _ => MIN_STEM,
    };
    let mut stems = ENDINGS.iter().filter_map(|ending| {
        let stem = word.strip_suffix(ending)?;
        (stem.len() >= min_length(ending)).then_some(stem)
    });
    stems.next().unwrap_or(word)
}

/// Groups of words with similar meanings.
#[derive(Debug, Clone, Default)]
pub(super) struct Related {
    groups: HashMap<u64, Vec<usize>, IdentityHasher>,
}

impl Related {
    /// Returns the shipped groups.
    pub(super) fn shipped() -> Self {
        let mut groups: HashMap<u64, Vec<usize>, IdentityHasher> = HashMap::default();
        let lines = include_str!("../../../data/related.txt").lines();
        let lines = lines.filter(|line| !line.starts_with('#'));
        for (group, line) in lines.enumerate() {
            for word in line.split_whitespace() {
                let word = key(word);
                let groups_of_stem = groups.entry(hash_of(stem(&word))).or_default();
                if !groups_of_stem.contains(&group) {
                    groups_of_stem.push(group);
                }
            }
        }
        Self { groups }
    }

    /// Returns the groups of a word, by the hash of its stem.
    pub(super) fn of(&self, stem: u64) -> &[usize] {
        self.groups.get(&stem).map_or(&[], Vec::as_slice)
    }

    /// Returns the hashes of all stems, with their groups.
    pub(super) fn all(&self) -> impl Iterator<Item = (u64, &[usize])> {
        let all = self.groups.iter();
        all.map(|(stem, groups)| (*stem, groups.as_slice()))
    }
}

/// Returns the hash by which a stem is looked up.
pub(super) fn hash_of(stem: &str) -> u64 {
    Hash::of_kind(0).add_text(stem).wide()
}

/// Returns whether a word begins with an elided article or pronoun, as in `l'imprimante`.
fn is_elided(written: &str) -> bool {
    let mut chars = written.chars();
    let first = chars.next().unwrap_or_default().to_ascii_lowercase();
    matches!(first, 'c' | 'd' | 'j' | 'l' | 'm' | 'n' | 's' | 't')
        && matches!(chars.next(), Some('\'' | '\u{2019}'))
        && chars.nth(1).is_some()
}

/// Returns the words of a text with their stems.
pub(super) fn stems<'t>(tokens: &'t Tokens<'_>) -> impl Iterator<Item = (&'t str, &'t str)> {
    tokens.list().iter().enumerate().map(|(index, token)| {
        let word = tokens.key(index);
        let word = match is_elided(&tokens.text[token.start..token.end]) {
            true => word.get(1..).unwrap_or(word),
            false => word,
        };
        (word, stem(word))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_of_a_word_have_the_same_stem() {
        for (one, other) in [
            ("printer", "printers"),
            ("installing", "installation"),
            ("battery", "batteries"),
            ("bestellen", "bestellung"),
            ("facturas", "factura"),
        ] {
            assert_eq!(stem(one), stem(other), "{one}");
        }
        for (one, other) in [("quota", "quote"), ("data", "date")] {
            assert_ne!(stem(one), stem(other), "{one}");
        }
    }

    #[test]
    fn every_shipped_group_relates_several_words() {
        let related = Related::shipped();
        let mut members: HashMap<usize, usize> = HashMap::new();
        for group in related.all().flat_map(|(_, groups)| groups) {
            *members.entry(*group).or_default() += 1;
        }
        assert!(members.len() > 100);
        assert!(members.values().all(|words| *words > 1));
        let shared = |one: &str, other: &str| {
            let others = related.of(hash_of(stem(other)));
            let groups = related.of(hash_of(stem(one)));
            groups.iter().any(|group| others.contains(group))
        };
        assert!(shared("drucker", "printers") && shared("salary", "gehalt"));
        assert!(!shared("printer", "salary"));
    }
}
