//! Features: the words, pairs of words and parts of words of a text, as numbers.

use std::sync::LazyLock;

use super::hash::Hash;
use crate::domain::lexical::token::{Gap, Tokens};

/// The maximum number of words of a ticket that count, the title's first.
const MAX_WORDS: usize = 400;
/// The maximum number of characters of a word that count.
const MAX_WORD: usize = 40;
/// The factor of a word in the title.
const TITLE: f32 = 2.0;
/// The length of the parts of words, including the marks of beginning and end: parts of three and of four characters.
/// Longer parts are as specific as whole words, and would cost half as much again.
const GRAM: usize = 3;
/// The weight of all parts of words, relative to the words.
const GRAM_SHARE: f32 = 0.8;

const WORD: u64 = 1;
const PAIR: u64 = 2;
const PART: u64 = 3;

/// The number of bits of a feature's hash.
pub(super) const BITS: u32 = 18;
const MASK: u32 = (1 << BITS) - 1;

/// The features of a text by kind: the hash of each with its number of occurrences.
#[derive(Debug, Clone, Default)]
pub(super) struct Features {
    /// The words, with all bits of their hashes.
    pub(super) terms: Vec<(u32, f32)>,
    words: Vec<(u32, f32)>,
    grams: Vec<(u32, f32)>,
}

impl Features {
    /// Extracts the features of a title and a description.
    pub(super) fn of(parts: &[Tokens<'_>; 2]) -> Self {
        let mut terms = Vec::new();
        let mut pairs = Vec::new();
        let mut words: Vec<(u32, &str, f32)> = Vec::new();
        let mut room = MAX_WORDS;
        for (tokens, weight) in parts.iter().zip([TITLE, 1.0]) {
            let count = tokens.len().min(room);
            room -= count;
            let mut previous: Option<u32> = None;
            for (index, token) in tokens.list().iter().take(count).enumerate() {
                let word = tokens.key(index);
                let hash = Hash::of_kind(WORD).add_text(word).narrow();
                words.push((hash, word, weight));
                if let Some(previous) = previous.filter(|_| token.gap != Gap::Break) {
                    let pair = Hash::of_kind(PAIR)
                        .add(u64::from(previous))
                        .add(u64::from(hash));
                    pairs.push((pair.narrow() & MASK, weight));
                }
                previous = Some(hash);
            }
        }
        words.sort_unstable_by_key(|(hash, _, _)| *hash);
        let mut grams = Tally::of(
            words
                .iter()
                .map(|(_, word, _)| 2 * word.len().min(4 * MAX_WORD))
                .sum(),
        );
        for same in words.chunk_by(|a, b| a.0 == b.0) {
            let times: f32 = same.iter().map(|(_, _, weight)| weight).sum();
            terms.push((same[0].0, times));
            add_grams(same[0].1, times, &mut grams);
        }
        let mut words: Vec<(u32, f32)> = terms
            .iter()
            .map(|(hash, times)| (hash & MASK, *times))
            .collect();
        words.append(&mut pairs);
        Self {
            terms,
            words: merge_ids(words),
            grams: grams.list(),
        }
    }

    /// Returns the ids of the features; a word and a part of a word may have the same one.
    pub(super) fn ids(&self) -> impl Iterator<Item = u32> {
        self.words.iter().chain(&self.grams).map(|(id, _)| *id)
    }

    /// Returns the features with their weights. Rare features weigh more; the total does not depend on the length of
    /// the text.
    pub(super) fn weighted(&self, frequencies: &Frequencies) -> Vec<(u32, f32)> {
        let rarity = frequencies.rarities();
        let mut all = Vec::with_capacity(self.words.len() + self.grams.len());
        for (block, share) in [(&self.words, 1.0), (&self.grams, GRAM_SHARE)] {
            let from = all.len();
            all.extend(
                block
                    .iter()
                    .map(|(id, times)| (*id, (1.0 + log_of_times(*times)) * rarity(*id))),
            );
            let square: f32 = all[from..].iter().map(|(_, value)| value * value).sum();
            if square > 0.0 {
                let factor = share / square.sqrt();
                for (_, value) in &mut all[from..] {
                    *value *= factor;
                }
            }
        }
        all
    }
}

/// Adds the parts of a word.
fn add_grams(word: &str, times: f32, grams: &mut Tally) {
    let marks = [u64::from(u32::from('<')), u64::from(u32::from('>'))];
    let letters = word.chars().take(MAX_WORD).map(|c| u64::from(u32::from(c)));
    let marked = [marks[0]].into_iter().chain(letters).chain([marks[1]]);
    // The last letters. They are packed with 21 bits each.
    let mut last = [0_u64; GRAM + 1];
    for (index, letter) in marked.enumerate() {
        last = [last[1], last[2], last[3], letter];
        let part = Hash::of_kind(PART).add(last[1] | last[2] << 21 | last[3] << 42);
        if index + 1 >= GRAM {
            grams.add(part.narrow() & MASK, times);
        }
        if index >= GRAM {
            grams.add(part.add(last[0]).narrow() & MASK, times);
        }
    }
}

/// Sums by id, as a hash table. Sorting would take several times as long for hundreds of ids.
#[derive(Debug)]
struct Tally {
    /// Open addressing: an id takes the first free slot from its own on.
    slots: Vec<(u32, f32)>,
}

impl Tally {
    const FREE: u32 = u32::MAX;

    /// Creates a tally for at most `ids` ids.
    fn of(ids: usize) -> Self {
        Self {
            slots: vec![(Self::FREE, 0.0); (2 * ids + 1).next_power_of_two()],
        }
    }

    fn add(&mut self, id: u32, value: f32) {
        let mask = self.slots.len() - 1;
        let mut at = id as usize & mask;
        while self.slots[at].0 != id && self.slots[at].0 != Self::FREE {
            at = (at + 1) & mask;
        }
        self.slots[at].0 = id;
        self.slots[at].1 += value;
    }

    fn list(mut self) -> Vec<(u32, f32)> {
        self.slots.retain(|(id, _)| *id != Self::FREE);
        self.slots
    }
}

/// Merges equal ids and sums their values.
fn merge_ids(mut list: Vec<(u32, f32)>) -> Vec<(u32, f32)> {
    list.sort_unstable_by_key(|(id, _)| *id);
    list.dedup_by(|later, earlier| {
        let same = later.0 == earlier.0;
        if same {
            earlier.1 += later.1;
        }
        same
    });
    list
}

/// The number of texts that contain each feature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Frequencies {
    pub(super) texts: u32,
    pub(super) counts: Vec<u32>,
}

impl Default for Frequencies {
    fn default() -> Self {
        Self {
            texts: 0,
            counts: vec![0; 1 << BITS],
        }
    }
}

impl Frequencies {
    pub(super) fn add(&mut self, features: &Features) {
        self.texts = self.texts.saturating_add(1);
        for id in features.ids() {
            if let Some(count) = self.counts.get_mut(id as usize) {
                *count = count.saturating_add(1);
            }
        }
    }

    pub(super) fn of(&self, id: u32) -> u32 {
        self.counts.get(id as usize).copied().unwrap_or(0)
    }

    /// Returns the function from a feature to its inverse document frequency.
    fn rarities(&self) -> impl Fn(u32) -> f32 + '_ {
        let all = self.texts.saturating_add(1);
        let log_of_all = log(all);
        move |id| 1.0 + log_of_all - log(self.of(id).saturating_add(1).min(all))
    }
}

/// The logarithms of small numbers; a prediction needs some thousand of them.
static LOGS: LazyLock<Vec<f32>> =
    LazyLock::new(|| (0..1_u16 << 12).map(|n| f32::from(n).ln()).collect());

#[expect(
    clippy::cast_precision_loss,
    reason = "counts of texts, of which the logarithm is taken"
)]
fn log(number: u32) -> f32 {
    let precomputed = LOGS.get(number as usize).copied();
    precomputed.unwrap_or_else(|| (number as f32).ln())
}

/// Returns the logarithm of a number of occurrences, which is an integer.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a cast of a float to an integer saturates"
)]
fn log_of_times(times: f32) -> f32 {
    log(times as u32)
}

impl Features {
    /// Returns the ids of the words and pairs of words, sorted and distinct.
    pub(super) fn word_ids(&self) -> Vec<u32> {
        self.words.iter().map(|(id, _)| *id).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn features(text: &str) -> Features {
        Features::of(&[Tokens::of(""), Tokens::of(text)])
    }

    #[test]
    fn a_tally_keeps_ids_with_the_same_slot_apart() {
        let mut tally = Tally::of(3);
        // All these ids have the same slot.
        for id in [8, 16, 8, 0, 16, 8] {
            tally.add(id, 1.0);
        }
        let mut list = tally.list();
        list.sort_unstable_by_key(|(id, _)| *id);
        assert_eq!(list, [(0, 1.0), (8, 3.0), (16, 2.0)]);
        assert!(Tally::of(0).list().is_empty());
    }

    #[test]
    fn words_have_parts_of_three_and_four_characters() {
        for (text, parts) in [("a", 1), ("ab", 3), ("abc", 5), ("\u{20ac}", 0), ("äö", 3)] {
            assert_eq!(features(text).grams.len(), parts, "{text}");
        }
        let times: f32 = features("abc abc")
            .grams
            .iter()
            .map(|(_, times)| times)
            .sum();
        assert!((times - 10.0).abs() < 1e-6);
        let long = features(&"x".repeat(10_000));
        assert!(long.grams.len() < 10);
    }

    #[test]
    fn a_repeated_text_has_the_same_total_weight() {
        let frequencies = Frequencies::default();
        let square = |text: &str| -> f32 {
            let weighted = features(text).weighted(&frequencies);
            weighted.iter().map(|(_, value)| value * value).sum()
        };
        let once = square("the printer prints empty pages");
        let twice = square("the printer prints empty pages. the printer prints empty pages");
        assert!((once - twice).abs() < 1e-4, "{once} {twice}");
    }
}
