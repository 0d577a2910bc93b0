//! Words: scores options by the words of their names and descriptions and by related words.

use std::collections::HashMap;

use super::{
    dictionary::{Dictionary, narrow, narrow_count},
    hash::{Hash, IdentityHasher},
    related::{hash_of, stems},
};
use crate::domain::{
    lexical::{
        Evidence, Signals,
        token::{Gap, Tokens},
    },
    options::FieldOption,
};

/// The weights of a word of an option's name and of its description.
const IN_NAME: f32 = 1.5;
const IN_DESCRIPTION: f32 = 1.0;
/// The weight of a related word, relative to the word itself. It is low because a group contains several words, each
/// with further meanings.
const RELATED: f32 = 0.35;
/// The weight of two adjacent words, relative to a single one.
const PAIR: f32 = 1.0;
/// The factor of a word in the title.
const TITLE: f32 = 1.5;
/// Words that occur in any description, and the remaining share of their weight.
const GENERIC_WORDS: [&str; 28] = [
    "new",
    "need",
    "needs",
    "old",
    "own",
    "else",
    "other",
    "others",
    "thing",
    "things",
    "anything",
    "something",
    "general",
    "kind",
    "kinds",
    "etc",
    "work",
    "works",
    "worked",
    "use",
    "used",
    "fits",
    "none",
    "our",
    "neu",
    "neue",
    "andere",
    "allgemein",
];
const GENERIC_SHARE: f32 = 0.3;
/// Words that mark an option as the catch-all for texts that fit no other option.
const CATCH_ALL_NAMES: [&str; 16] = [
    "miscellaneous",
    "misc",
    "other",
    "others",
    "anything",
    "else",
    "sonstiges",
    "sonstige",
    "allgemeines",
    "divers",
    "autres",
    "otros",
    "varios",
    "altro",
    "overige",
    "outros",
];
/// The score of a catch-all in every text: that of a word of the option's name.
const CATCH_ALL: f32 = IN_NAME;
/// The number of words from which a text gives catch-alls their full score. Short texts are more specific, so the
/// score grows with the square of their length.
const CATCH_ALL_WORDS: f32 = 12.0;
/// The exponent of the rarity, which reduces the weight of words that many options share.
const SHARPNESS: f32 = 1.5;
/// The factor of the logarithm of repetitions: a repeated word is more likely to be the topic.
const REPEATED: f32 = 1.5;
/// The factor from the sum of words to evidence. Words in a long text repeat each other, so the evidence grows with
/// the square root of their number.
const SOFTNESS: f32 = 0.9;
/// The number of words, without stop words, from which a text counts as long.
const MANY_WORDS: f32 = 20.0;
/// The weight of the lexicon's clearest terms. A word with less weight in the lexicon has less weight for an option,
/// too.
const CLEAR_WEIGHT: f64 = 3.0;
/// The weight of the lexicon's score for a category.
const LEXICON: f32 = 4.0;
/// The options of an index entry, with their weights.
type OptionWeights = Vec<(usize, f32)>;
type Index = HashMap<u64, OptionWeights, IdentityHasher>;

/// The words of a text without stop words, by the hashes of their stems, with their weights.
#[derive(Debug)]
pub(super) struct TextWords {
    words: Vec<(u64, f32)>,
    /// Pairs of adjacent words.
    pairs: Vec<(u64, f32)>,
    /// The number of words, including repetitions.
    count: usize,
}

impl TextWords {
    pub(super) fn of(dictionary: &Dictionary, parts: &[Tokens<'_>; 2]) -> Self {
        let most = parts.iter().map(Tokens::len).sum();
        let mut words = Vec::with_capacity(most);
        let mut pairs = Vec::with_capacity(most);
        for (tokens, times) in parts.iter().zip([TITLE, 1.0]) {
            let mut before = None;
            for (word, stem) in stems(tokens) {
                if dictionary.lexicon().stop_words.contains(word) {
                    continue;
                }
                let hash = hash_of(stem);
                words.push((hash, times));
                pairs.extend(before.map(|before| (hash_of_pair(before, hash), times)));
                before = Some(hash);
            }
        }
        Self {
            count: words.len(),
            words: merge_repetitions(words),
            pairs: merge_repetitions(pairs),
        }
    }
}

/// Merges equal hashes. Their weight grows with the logarithm of their number.
fn merge_repetitions(mut list: Vec<(u64, f32)>) -> Vec<(u64, f32)> {
    list.sort_unstable_by_key(|(hash, _)| *hash);
    list.dedup_by(|later, earlier| {
        let same = later.0 == earlier.0;
        if same {
            earlier.1 += later.1;
        }
        same
    });
    for (_, times) in &mut list {
        *times = 1.0 + REPEATED * times.ln();
    }
    list
}

/// The words of the options of one field.
#[derive(Debug, Clone, Default)]
pub(super) struct Words {
    /// By the hashes of stems: the options' own words and words related to them.
    words: Index,
    /// By the hashes of two adjacent stems.
    pairs: Index,
    /// The options by category of the lexicon.
    categories: Vec<OptionWeights>,
    /// The catch-all options.
    catch_alls: Vec<usize>,
}

impl Words {
    pub(super) fn of(dictionary: &Dictionary, choices: &[FieldOption]) -> Self {
        let lexicon = dictionary.lexicon();
        let mut words = Self {
            categories: vec![Vec::new(); lexicon.categories().len()],
            ..Self::default()
        };
        let mut groups: HashMap<usize, OptionWeights> = HashMap::new();
        for (place, choice) in choices.iter().enumerate() {
            let parts = [Tokens::of(&choice.name), Tokens::of(&choice.description)];
            for (tokens, weight) in parts.iter().zip([IN_NAME, IN_DESCRIPTION]) {
                words.add(dictionary, place, tokens, weight, &mut groups);
            }
            let mut all = parts.iter().flat_map(stems);
            if all.any(|(word, _)| CATCH_ALL_NAMES.contains(&word)) {
                words.catch_alls.push(place);
            }
            let signals =
                Evidence::in_text(lexicon, dictionary.vocabulary(), &[], &parts).signals();
            let total: f64 = signals.categories.iter().sum();
            for (option_weights, weight) in words.categories.iter_mut().zip(signals.categories) {
                if weight > 0.0 {
                    option_weights.push((place, narrow(weight / total)));
                }
            }
        }
        let own = words.words.values_mut().chain(words.pairs.values_mut());
        for option_weights in own.chain(groups.values_mut()) {
            weight_by_rarity(option_weights, choices.len());
        }
        words.add_related(dictionary, &groups);
        words
    }

    /// Adds the words of an option, and the groups to which they belong.
    fn add(
        &mut self,
        dictionary: &Dictionary,
        place: usize,
        tokens: &Tokens<'_>,
        weight: f32,
        groups: &mut HashMap<usize, OptionWeights>,
    ) {
        let mut before: Option<u64> = None;
        for (index, (word, stem)) in stems(tokens).enumerate() {
            if dictionary.lexicon().stop_words.contains(word) {
                continue;
            }
            let weight = weight * clearness(dictionary, word);
            let stem = hash_of(stem);
            raise_weight(self.words.entry(stem).or_default(), place, weight);
            for group in dictionary.related().of(stem) {
                raise_weight(groups.entry(*group).or_default(), place, weight);
            }
            let joined = tokens.list()[index].gap != Gap::Break;
            if let Some(before) = before.filter(|_| joined) {
                let pair = hash_of_pair(before, stem);
                raise_weight(self.pairs.entry(pair).or_default(), place, weight * PAIR);
            }
            before = Some(stem);
        }
    }

    /// Adds the words that are related to those of an option and are not its own.
    fn add_related(&mut self, dictionary: &Dictionary, groups: &HashMap<usize, OptionWeights>) {
        for (stem, groups_of_stem) in dictionary.related().all() {
            let own = self.words.get(&stem);
            let is_own = |place: usize| {
                own.is_some_and(|option_weights| option_weights.iter().any(|one| one.0 == place))
            };
            let mut option_weights = OptionWeights::new();
            for (place, weight) in groups_of_stem
                .iter()
                .filter_map(|group| groups.get(group))
                .flatten()
            {
                if !is_own(*place) {
                    raise_weight(&mut option_weights, *place, *weight * RELATED);
                }
            }
            if !option_weights.is_empty() {
                self.words
                    .entry(stem)
                    .or_default()
                    .append(&mut option_weights);
            }
        }
    }

    pub(super) fn score(&self, signals: &Signals, text_words: &TextWords, scores: &mut [f32]) {
        for (index, list) in [
            (&self.words, &text_words.words),
            (&self.pairs, &text_words.pairs),
        ] {
            for (hash, factor) in list {
                for (place, weight) in index.get(hash).into_iter().flatten() {
                    scores[*place] += weight * factor;
                }
            }
        }
        for place in &self.catch_alls {
            scores[*place] += CATCH_ALL
                * (narrow_count(text_words.count) / CATCH_ALL_WORDS)
                    .min(1.0)
                    .powi(2);
        }
        let total: f64 = signals.categories.iter().sum();
        for (option_weights, weight) in self.categories.iter().zip(&signals.categories) {
            for (place, share) in option_weights {
                scores[*place] += LEXICON * share * narrow(weight / (total + 3.0));
            }
        }
        let softness = SOFTNESS / (1.0 + narrow_count(text_words.count) / MANY_WORDS).sqrt();
        for score in scores {
            *score *= softness;
        }
    }
}

/// Returns how clearly a word of an option speaks for it, from 0 to 1.
fn clearness(dictionary: &Dictionary, word: &str) -> f32 {
    let parts = [Tokens::of(""), Tokens::of(word)];
    let signals =
        Evidence::in_text(dictionary.lexicon(), dictionary.vocabulary(), &[], &parts).signals();
    let weight: f64 = signals.categories.iter().sum();
    let share = match weight > 0.0 {
        true => narrow(weight / CLEAR_WEIGHT).min(1.0).sqrt(),
        false => 1.0,
    };
    match GENERIC_WORDS.contains(&word) {
        true => share * GENERIC_SHARE,
        false => share,
    }
}

const fn hash_of_pair(before: u64, hash: u64) -> u64 {
    Hash::of_kind(1).add(before).add(hash).wide()
}

/// Raises the weight of an option to at least `weight`.
fn raise_weight(option_weights: &mut OptionWeights, place: usize, weight: f32) {
    match option_weights.iter_mut().find(|(other, _)| *other == place) {
        Some((_, old)) => *old = old.max(weight),
        None => option_weights.push((place, weight)),
    }
}

/// Reduces the weights of an entry that many options share.
fn weight_by_rarity(option_weights: &mut OptionWeights, options: usize) {
    let rarity = (1.0 + narrow_count(options) / narrow_count(option_weights.len().max(1))).ln()
        / (1.0 + narrow_count(options)).ln();
    for (_, weight) in option_weights {
        *weight *= rarity.powf(SHARPNESS);
    }
}
