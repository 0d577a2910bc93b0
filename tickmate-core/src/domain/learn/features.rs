//! Features: what a text is made of, as numbers: words, pairs of words, and the parts of words.

use super::hash::Hash;
use crate::domain::triage::token::{Gap, Tokens};

/// The most words of a ticket that are looked at, the title's first.
const MAX_WORDS: usize = 400;
/// The most characters of a word that are looked at.
const MAX_WORD: usize = 40;
/// How many times as much a word of the title counts.
const TITLE: f32 = 2.0;
/// How long the parts of words are, the marks of beginning and end included.
const GRAMS: std::ops::RangeInclusive<usize> = 3..=5;
/// What the parts of words weigh beside the words themselves.
const GRAM_SHARE: f32 = 0.8;

const WORD: u64 = 1;
const PAIR: u64 = 2;
const GRAM: u64 = 3;

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
        let mut grams = Vec::with_capacity(words.len() * 12);
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
            grams: merged(grams),
        }
    }

    /// Which features there are, some perhaps twice.
    pub(super) fn ids(&self) -> impl Iterator<Item = u32> {
        self.words.iter().chain(&self.grams).map(|(id, _)| *id)
    }

    /// The features with their weights: rare ones weigh more, and long texts no more than short ones.
    pub(super) fn weighed(&self, frequencies: &Frequencies) -> Vec<(u32, f32)> {
        let mut all = Vec::with_capacity(self.words.len() + self.grams.len());
        for (block, share) in [(&self.words, 1.0), (&self.grams, GRAM_SHARE)] {
            let from = all.len();
            all.extend(
                block
                    .iter()
                    .map(|(id, times)| (*id, (1.0 + times.ln()) * frequencies.rarity(*id))),
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
fn add_grams(word: &str, times: f32, grams: &mut Vec<(u32, f32)>) {
    let mut marked = ['\0'; MAX_WORD + 2];
    marked[0] = '<';
    let mut length = 1;
    for c in word.chars().take(MAX_WORD) {
        marked[length] = c;
        length += 1;
    }
    marked[length] = '>';
    let marked = &marked[..=length];
    for start in 0..marked.len() {
        let mut hash = Hash::of_kind(GRAM);
        for (before, c) in marked[start..].iter().take(*GRAMS.end()).enumerate() {
            hash = hash.add(u64::from(u32::from(*c)));
            if before + 1 >= *GRAMS.start() {
                grams.push((hash.narrow() & MASK, times));
            }
        }
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

    #[expect(
        clippy::cast_precision_loss,
        reason = "counts of texts, of which the logarithm is taken"
    )]
    fn rarity(&self, id: u32) -> f32 {
        let all = self.texts as f32 + 1.0;
        let with = (self.of(id) as f32 + 1.0).min(all);
        (all / with).ln() + 1.0
    }
}

impl Features {
    /// The words and pairs of words, sorted, each once.
    pub(super) fn said(&self) -> Vec<u32> {
        self.words.iter().map(|(id, _)| *id).collect()
    }
}
