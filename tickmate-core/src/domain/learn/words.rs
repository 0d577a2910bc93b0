//! Words: what an option's name and description say of texts, by their words and those that are related to them.

use std::collections::HashMap;

use super::{
    dictionary::{Dictionary, narrow, narrow_count},
    hash::{Hash, Ready},
    related::{hash_of, stems},
};
use crate::domain::{
    lexical::{
        Evidence, Signals,
        token::{Gap, Tokens},
    },
    options::FieldOption,
};

/// What a word of an option's name weighs, of its description.
const IN_NAME: f32 = 1.5;
const IN_DESCRIPTION: f32 = 1.0;
/// What a related word counts beside the word itself: a group has several, and each may mean something else as well.
const RELATED: f32 = 0.35;
/// What two words side by side weigh beside one.
const PAIR: f32 = 1.0;
/// How many times as much a word of the title counts.
const TITLE: f32 = 1.5;
/// Words that descriptions use of anything, and what is left of their weight.
const GENERIC: [&str; 28] = [
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
/// Words by which an option says that it is for whatever fits no other, and what speaks for it in every text.
const CATCH_ALLS: [&str; 16] = [
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
/// It is as if the text had a word of the option's name.
const CATCH_ALL: f32 = IN_NAME;
/// From how many words on a text speaks so much for them. A short one that says one thing means it, so that half as many
/// words speak a quarter as much.
const CATCH_ALL_WORDS: f32 = 12.0;
/// How sharply words that many options share are held against them.
const SHARPNESS: f32 = 1.5;
/// How much more a word says that is repeated: what a text is about comes again.
const REPEATED: f32 = 1.5;
/// What turns the sum of words into evidence; in a text of many words they say the same again, so that what they say
/// together grows with the root of their number.
const SOFTNESS: f32 = 0.9;
/// From how many words on a text has many, those left out that mean nothing.
const MANY_WORDS: f32 = 20.0;
/// What the lexicon's clearest terms weigh: a word that it holds to say less says less of an option, too.
const CLEAR: f64 = 3.0;
/// What all of the lexicon's word for a category weighs.
const LEXICON: f32 = 4.0;
/// What an entry of the index says: for which option, and how much.
type Says = Vec<(usize, f32)>;
type Index = HashMap<u64, Says, Ready>;

/// The words of a text that mean something, by the hashes of their stems, and how much each counts.
#[derive(Debug)]
pub(super) struct Said {
    words: Vec<(u64, f32)>,
    /// Of two side by side.
    pairs: Vec<(u64, f32)>,
    /// How many there are, those that repeat another too.
    count: usize,
}

impl Said {
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
            words: counted(words),
            pairs: counted(pairs),
        }
    }
}

/// Each once, with how much it counts: more for more of it, but ever less.
fn counted(mut list: Vec<(u64, f32)>) -> Vec<(u64, f32)> {
    list.sort_unstable_by_key(|(hash, _)| *hash);
    list.dedup_by(|later, kept| {
        let same = later.0 == kept.0;
        if same {
            kept.1 += later.1;
        }
        same
    });
    for (_, times) in &mut list {
        *times = 1.0 + REPEATED * times.ln();
    }
    list
}

/// The words of one field's options.
#[derive(Debug, Clone, Default)]
pub(super) struct Words {
    /// By the hashes of stems: of the options' own words and of those related to them.
    words: Index,
    /// By the hashes of two stems side by side.
    pairs: Index,
    /// What each category of the lexicon says.
    categories: Vec<Says>,
    /// The options for whatever fits no other.
    rest: Vec<usize>,
}

impl Words {
    pub(super) fn of(dictionary: &Dictionary, choices: &[FieldOption]) -> Self {
        let lexicon = dictionary.lexicon();
        let mut words = Self {
            categories: vec![Vec::new(); lexicon.categories().len()],
            ..Self::default()
        };
        let mut groups: HashMap<usize, Says> = HashMap::new();
        for (place, choice) in choices.iter().enumerate() {
            let parts = [Tokens::of(&choice.name), Tokens::of(&choice.description)];
            for (tokens, weight) in parts.iter().zip([IN_NAME, IN_DESCRIPTION]) {
                words.add(dictionary, place, tokens, weight, &mut groups);
            }
            let mut all = parts.iter().flat_map(stems);
            if all.any(|(word, _)| CATCH_ALLS.contains(&word)) {
                words.rest.push(place);
            }
            let seen = Evidence::in_text(lexicon, dictionary.vocabulary(), &[], &parts).signals();
            let all: f64 = seen.categories.iter().sum();
            for (says, weight) in words.categories.iter_mut().zip(seen.categories) {
                if weight > 0.0 {
                    says.push((place, narrow(weight / all)));
                }
            }
        }
        let own = words.words.values_mut().chain(words.pairs.values_mut());
        for says in own.chain(groups.values_mut()) {
            rarer_says_more(says, choices.len());
        }
        words.relate(dictionary, &groups);
        words
    }

    /// Notes the words of an option, and the groups that they belong to.
    fn add(
        &mut self,
        dictionary: &Dictionary,
        place: usize,
        tokens: &Tokens<'_>,
        weight: f32,
        groups: &mut HashMap<usize, Says>,
    ) {
        let mut before: Option<u64> = None;
        for (index, (word, stem)) in stems(tokens).enumerate() {
            if dictionary.lexicon().stop_words.contains(word) {
                continue;
            }
            let weight = weight * clearness(dictionary, word);
            let stem = hash_of(stem);
            raise(self.words.entry(stem).or_default(), place, weight);
            for group in dictionary.related().of(stem) {
                raise(groups.entry(*group).or_default(), place, weight);
            }
            let joined = tokens.list()[index].gap != Gap::Break;
            if let Some(before) = before.filter(|_| joined) {
                let pair = hash_of_pair(before, stem);
                raise(self.pairs.entry(pair).or_default(), place, weight * PAIR);
            }
            before = Some(stem);
        }
    }

    /// Notes the words that are related to an option's, where they are not its own.
    fn relate(&mut self, dictionary: &Dictionary, groups: &HashMap<usize, Says>) {
        for (stem, of_it) in dictionary.related().all() {
            let own = self.words.get(&stem);
            let is_own =
                |place: usize| own.is_some_and(|says| says.iter().any(|one| one.0 == place));
            let mut says = Says::new();
            for (place, weight) in of_it.iter().filter_map(|group| groups.get(group)).flatten() {
                if !is_own(*place) {
                    raise(&mut says, *place, *weight * RELATED);
                }
            }
            if !says.is_empty() {
                self.words.entry(stem).or_default().append(&mut says);
            }
        }
    }

    pub(super) fn read(&self, seen: &Signals, said: &Said, scores: &mut [f32]) {
        for (index, list) in [(&self.words, &said.words), (&self.pairs, &said.pairs)] {
            for (hash, often) in list {
                for (place, weight) in index.get(hash).into_iter().flatten() {
                    scores[*place] += weight * often;
                }
            }
        }
        for place in &self.rest {
            scores[*place] += CATCH_ALL
                * (narrow_count(said.count) / CATCH_ALL_WORDS)
                    .min(1.0)
                    .powi(2);
        }
        let all: f64 = seen.categories.iter().sum();
        for (says, weight) in self.categories.iter().zip(&seen.categories) {
            for (place, share) in says {
                scores[*place] += LEXICON * share * narrow(weight / (all + 3.0));
            }
        }
        let softness = SOFTNESS / (1.0 + narrow_count(said.count) / MANY_WORDS).sqrt();
        for score in scores {
            *score *= softness;
        }
    }
}

/// How clearly a word of an option speaks for it, from 0 to 1.
fn clearness(dictionary: &Dictionary, word: &str) -> f32 {
    let alone = [Tokens::of(""), Tokens::of(word)];
    let seen =
        Evidence::in_text(dictionary.lexicon(), dictionary.vocabulary(), &[], &alone).signals();
    let weight: f64 = seen.categories.iter().sum();
    let share = match weight > 0.0 {
        true => narrow(weight / CLEAR).min(1.0).sqrt(),
        false => 1.0,
    };
    match GENERIC.contains(&word) {
        true => share * GENERIC_SHARE,
        false => share,
    }
}

const fn hash_of_pair(before: u64, hash: u64) -> u64 {
    Hash::of_kind(1).add(before).add(hash).wide()
}

/// Notes the most that is said for an option.
fn raise(says: &mut Says, place: usize, weight: f32) {
    match says.iter_mut().find(|(other, _)| *other == place) {
        Some((_, old)) => *old = old.max(weight),
        None => says.push((place, weight)),
    }
}

/// What is said for many options says little for each.
fn rarer_says_more(says: &mut Says, options: usize) {
    let rarity = (1.0 + narrow_count(options) / narrow_count(says.len().max(1))).ln()
        / (1.0 + narrow_count(options)).ln();
    for (_, weight) in says {
        *weight *= rarity.powf(SHARPNESS);
    }
}
