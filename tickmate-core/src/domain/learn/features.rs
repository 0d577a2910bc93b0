//! Features: what a text is made of, as numbers: words, pairs of words, and the parts of words.

use std::sync::LazyLock;

use super::hash::Hash;
use crate::domain::lexical::token::{Gap, Tokens};

/// The most words of a ticket that are looked at, the title's first.
const MAX_WORDS: usize = 400;
/// The most characters of a word that are looked at.
const MAX_WORD: usize = 40;
/// How many times as much a word of the title counts.
const TITLE: f32 = 2.0;
/// How long the parts of words are, the marks of beginning and end included: those of three and of four. Longer ones say
/// what the words do, and cost half as much again.
const GRAM: usize = 3;
/// What the parts of words weigh beside the words themselves.
const GRAM_SHARE: f32 = 0.8;

const WORD: u64 = 1;
const PAIR: u64 = 2;
const PART: u64 = 3;

/// How many bits of a feature's hash count.
pub(super) const BITS: u32 = 18;
const MASK: u32 = (1 << BITS) - 1;

/// A text's features by kind, each once, by hash, with how often it is there.
#[derive(Debug, Clone, Default)]
pub(super) struct Features {
    /// Words with all bits of their hashes.
    pub(super) terms: Vec<(u32, f32)>,
    words: Vec<(u32, f32)>,
    grams: Vec<(u32, f32)>,
}

impl Features {
    /// The features of a title and a description.
    pub(super) fn of(parts: &[Tokens<'_>; 2]) -> Self {
        let mut terms = Vec::new();
        let mut pairs = Vec::new();
        let mut words: Vec<(u32, &str, f32)> = Vec::new();
        let mut room = MAX_WORDS;
        for (tokens, weight) in parts.iter().zip([TITLE, 1.0]) {
            let count = tokens.len().min(room);
            room -= count;
            let mut before: Option<u32> = None;
            for (index, token) in tokens.list().iter().take(count).enumerate() {
                let word = tokens.key(index);
                let hash = Hash::of_kind(WORD).add_text(word).narrow();
                words.push((hash, word, weight));
                if let Some(before) = before.filter(|_| token.gap != Gap::Break) {
                    let pair = Hash::of_kind(PAIR)
                        .add(u64::from(before))
                        .add(u64::from(hash));
                    pairs.push((pair.narrow() & MASK, weight));
                }
                before = Some(hash);
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
            words: merged(words),
            grams: grams.list(),
        }
    }

    /// Which features there are, some perhaps twice.
    pub(super) fn ids(&self) -> impl Iterator<Item = u32> {
        self.words.iter().chain(&self.grams).map(|(id, _)| *id)
    }

    /// The features with their weights: rare ones weigh more, and long texts no more than short ones.
    pub(super) fn weighed(&self, frequencies: &Frequencies) -> Vec<(u32, f32)> {
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

/// The parts of a word.
fn add_grams(word: &str, times: f32, grams: &mut Tally) {
    let marks = [u64::from(u32::from('<')), u64::from(u32::from('>'))];
    let letters = word.chars().take(MAX_WORD).map(|c| u64::from(u32::from(c)));
    let marked = [marks[0]].into_iter().chain(letters).chain([marks[1]]);
    // The last letters, each in 21 bits.
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

/// Sums by id. Sorting takes several times as long where there are hundreds of ids.
#[derive(Debug)]
struct Tally {
    /// An id takes the first free slot from its own on.
    slots: Vec<(u32, f32)>,
}

impl Tally {
    const FREE: u32 = u32::MAX;

    /// A tally with room for so many ids at most.
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

/// Each id once, with the sum of its values.
fn merged(mut list: Vec<(u32, f32)>) -> Vec<(u32, f32)> {
    list.sort_unstable_by_key(|(id, _)| *id);
    list.dedup_by(|later, kept| {
        let same = later.0 == kept.0;
        if same {
            kept.1 += later.1;
        }
        same
    });
    list
}

/// In how many texts each feature was.
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

    /// How much more a feature says that fewer texts have.
    fn rarities(&self) -> impl Fn(u32) -> f32 + '_ {
        let all = self.texts.saturating_add(1);
        let log_of_all = log(all);
        move |id| 1.0 + log_of_all - log(self.of(id).saturating_add(1).min(all))
    }
}

/// The logarithms of small numbers, of which a reading takes some thousand.
static LOGS: LazyLock<Vec<f32>> =
    LazyLock::new(|| (0..1_u16 << 12).map(|n| f32::from(n).ln()).collect());

#[expect(
    clippy::cast_precision_loss,
    reason = "counts of texts, of which the logarithm is taken"
)]
fn log(number: u32) -> f32 {
    let known = LOGS.get(number as usize).copied();
    known.unwrap_or_else(|| (number as f32).ln())
}

/// The logarithm of how often a feature is there, which is a whole number.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a cast of a float to an integer saturates"
)]
fn log_of_times(times: f32) -> f32 {
    log(times as u32)
}

impl Features {
    /// The words and pairs of words, sorted, each once.
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
    fn a_tally_sums_whatever_shares_a_slot() {
        let mut tally = Tally::of(3);
        // The slots of all these are the same.
        for id in [8, 16, 8, 0, 16, 8] {
            tally.add(id, 1.0);
        }
        let mut list = tally.list();
        list.sort_unstable_by_key(|(id, _)| *id);
        assert_eq!(list, [(0, 1.0), (8, 3.0), (16, 2.0)]);
        assert!(Tally::of(0).list().is_empty());
    }

    #[test]
    fn words_have_parts_of_three_and_of_four() {
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
    fn a_text_that_says_all_twice_weighs_no_more() {
        let frequencies = Frequencies::default();
        let square = |text: &str| -> f32 {
            let weighed = features(text).weighed(&frequencies);
            weighed.iter().map(|(_, value)| value * value).sum()
        };
        let once = square("the printer prints empty pages");
        let twice = square("the printer prints empty pages. the printer prints empty pages");
        assert!((once - twice).abs() < 1e-4, "{once} {twice}");
    }
}
