//! The dictionary: what is known of words before any ticket, and what it says for a desk's options.

use std::collections::{BTreeMap, HashMap};

use super::{
    field::{FIELDS, Field},
    hash::Hash,
    labels::folded,
    options::{Choice, Options},
    related::{Related, stems},
};
use crate::domain::{
    priority::Priority,
    skill::{Skill, Vocabulary, key},
    triage::{
        Lexicon,
        signals::{Signals, signals},
        token::{Gap, Tokens},
    },
};

/// What a word of an option's name weighs, of its description.
const IN_NAME: f32 = 1.5;
const IN_DESCRIPTION: f32 = 1.0;
/// What a related word counts beside the word itself.
const RELATED: f32 = 0.5;
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
const CATCH_ALL: f32 = 1.2;
/// From how many words on a text speaks so much for them: a short one that says one thing means it.
const CATCH_ALL_WORDS: f32 = 12.0;
/// How sharply words that many options share are held against them.
const SHARPNESS: f32 = 1.5;
/// What turns the sum of words into evidence.
const SOFTNESS: f32 = 0.55;
/// What all of the lexicon's word for a category weighs.
const LEXICON: f32 = 4.0;
/// A skill that is named beyond doubt, that may be meant, and one of which a special case or the general case is named.
const NAMED: f32 = 5.0;
const MAYBE_NAMED: f32 = 3.5;
const SPECIAL_CASE: f32 = 2.5;
const GENERAL_CASE: f32 = 1.0;
/// A longer word that begins or ends with a skill's name of at least so many bytes.
const PART_OF_A_WORD: f32 = 2.0;
const MIN_PART: usize = 5;
/// The most names that every word is compared with.
const MAX_PARTS: usize = 64;
/// What each earlier mention of another skill leaves to a later one.
const LATER: f32 = 0.85;
/// What the lexicon's word for a priority weighs, and what the ordinary one has of its own.
const PRESSING: f32 = 1.5;
const ORDINARY: f32 = 0.6;

/// What ships with this library: vocabulary, lexicon and related words.
#[derive(Debug, Clone)]
pub struct Dictionary {
    vocabulary: Vocabulary,
    lexicon: Lexicon,
    related: Related,
}

impl Dictionary {
    /// A dictionary of a desk's own vocabulary and lexicon, with the shipped groups of related words.
    pub fn new(vocabulary: Vocabulary, lexicon: Lexicon) -> Self {
        Self {
            vocabulary,
            lexicon,
            related: Related::shipped(),
        }
    }

    /// What ships with this library.
    pub fn shipped() -> Self {
        Self::new(Vocabulary::shipped(), Lexicon::shipped())
    }

    /// The skills that it knows by name.
    pub const fn vocabulary(&self) -> &Vocabulary {
        &self.vocabulary
    }

    /// Its categories, and the words that speak for them.
    pub const fn lexicon(&self) -> &Lexicon {
        &self.lexicon
    }
}

/// What an entry of the index says: for which option, and how much.
type Says = Vec<(usize, f32)>;

/// The words of one field's options.
#[derive(Debug, Clone, Default)]
struct Words {
    /// By the hashes of stems, of two stems side by side.
    stems: HashMap<u64, Says>,
    pairs: HashMap<u64, Says>,
    groups: HashMap<usize, Says>,
    /// What each category of the lexicon says.
    categories: Vec<Says>,
    /// The options for whatever fits no other.
    rest: Vec<usize>,
}

/// A desk's options, ready to be compared with texts.
#[derive(Debug, Clone)]
pub(super) struct Prior {
    choices: [Vec<String>; FIELDS],
    /// The places of the values by what their spellings have in common.
    places: [HashMap<String, usize>; FIELDS],
    /// Whether the owner set the field's options up; else they are the dictionary's.
    explicit: [bool; FIELDS],
    words: [Words; FIELDS],
    /// The skills of the options, in their order.
    skills: Vec<Skill>,
    skill_places: BTreeMap<String, Vec<(usize, f32)>>,
    /// The options' skills by category of the lexicon.
    skills_of: Vec<Vec<usize>>,
    /// Words that are names of a skill of the options, if other things too.
    skill_words: HashMap<String, usize>,
    /// Those of the owner's own spelling that are long enough to be known again within a longer word.
    skill_parts: Vec<(String, usize)>,
}

impl Prior {
    pub(super) fn new(dictionary: &Dictionary, options: &Options) -> Self {
        let explicit = Field::ALL.map(|field| !options.of(field).is_empty());
        let choices = Field::ALL.map(|field| match explicit[field.index()] {
            true => distinct(options.of(field)),
            false => implicit(dictionary, field),
        });
        let words = Field::ALL.map(|field| match (explicit[field.index()], field) {
            (true, Field::Category | Field::Type) => Words::of(dictionary, &choices[field.index()]),
            _ => Words::default(),
        });
        let skills = &choices[Field::Skill.index()];
        let skills: Vec<Skill> = skills
            .iter()
            .map(|one| dictionary.vocabulary.resolve(&one.name))
            .collect();
        let places = Field::ALL.map(|field| {
            let names = choices[field.index()].iter().enumerate();
            names
                .map(|(place, one)| (folded(&one.name), place))
                .collect()
        });
        let mut prior = Self {
            places,
            choices: choices.map(|list| list.into_iter().map(|one| one.name).collect()),
            explicit,
            words,
            skills,
            skill_places: BTreeMap::new(),
            skills_of: vec![Vec::new(); dictionary.lexicon.categories().len()],
            skill_words: HashMap::new(),
            skill_parts: Vec::new(),
        };
        prior.index_skills(dictionary);
        prior
    }

    /// The values of a field, in the order of their places.
    pub(super) fn choices(&self, field: Field) -> &[String] {
        &self.choices[field.index()]
    }

    /// The place of the value that a learnt label stands for. Skills of the dictionary go by all their names.
    pub(super) fn place_of(
        &self,
        dictionary: &Dictionary,
        field: Field,
        label: &str,
    ) -> Option<usize> {
        let of_it = &self.places[field.index()];
        of_it.get(&folded(label)).copied().or_else(|| {
            let is_skill = field == Field::Skill && !self.is_explicit(field);
            let id = is_skill.then(|| dictionary.vocabulary.resolve(label).id)?;
            self.skills.iter().position(|skill| skill.id == id)
        })
    }

    pub(super) const fn is_explicit(&self, field: Field) -> bool {
        self.explicit[field.index()]
    }

    fn index_skills(&mut self, dictionary: &Dictionary) {
        let vocabulary = &dictionary.vocabulary;
        let explicit = self.is_explicit(Field::Skill);
        let places = &mut self.skill_places;
        let mut add = |id: &str, place: usize, weight: f32| {
            places
                .entry(id.to_owned())
                .or_default()
                .push((place, weight));
        };
        for (place, skill) in self.skills.iter().enumerate() {
            add(&skill.id, place, NAMED);
            if !explicit {
                continue;
            }
            for above in vocabulary.parents(&skill.id) {
                add(above, place, GENERAL_CASE);
            }
            for entry in vocabulary.entries() {
                if vocabulary
                    .ancestors(&entry.id)
                    .binary_search(&skill.id)
                    .is_ok()
                {
                    add(&entry.id, place, SPECIAL_CASE);
                }
            }
            let categories = dictionary.lexicon.by_skill.get(&skill.id);
            for category in categories.into_iter().flatten() {
                self.skills_of[*category].push(place);
            }
            let own = key(&self.choices[Field::Skill.index()][place]);
            if own.len() >= MIN_PART && self.skill_parts.len() < MAX_PARTS {
                self.skill_parts.push((own, place));
            }
            let entry = vocabulary.entry(&skill.id);
            let aliases = entry.map_or(&[][..], |entry| &entry.aliases);
            let names = [
                &skill.name,
                &skill.id,
                &self.choices[Field::Skill.index()][place],
            ];
            for name in names.into_iter().chain(aliases) {
                self.skill_words.entry(key(name)).or_insert(place);
            }
        }
    }

    /// What the dictionary says for each value of each field.
    pub(super) fn read(
        &self,
        dictionary: &Dictionary,
        parts: &[Tokens<'_>; 2],
    ) -> [Vec<f32>; FIELDS] {
        let held = match self.is_explicit(Field::Skill) {
            true => &self.skills[..],
            false => &[],
        };
        let seen = signals(&dictionary.lexicon, &dictionary.vocabulary, held, parts);
        Field::ALL.map(|field| {
            let mut scores = vec![0.0; self.choices(field).len()];
            match field {
                Field::Priority => self.priorities(&seen, &mut scores),
                Field::Skill => self.read_skills(&seen, parts, &mut scores),
                Field::Category if !self.is_explicit(field) => {
                    categories(&dictionary.lexicon, &seen, &mut scores);
                }
                Field::Category | Field::Type => {
                    self.words[field.index()].read(dictionary, &seen, parts, &mut scores);
                }
            }
            scores
        })
    }

    fn read_skills(&self, seen: &Signals, parts: &[Tokens<'_>; 2], scores: &mut [f32]) {
        let mut raise = |place: usize, by: f32| {
            if let Some(score) = scores.get_mut(place) {
                *score = score.max(by);
            }
        };
        let mut later = 1.0;
        for named in &seen.skills {
            let places = self.skill_places.get(&named.skill.id);
            for (place, weight) in places.into_iter().flatten() {
                let often = 1.0 + 0.1 * f32::from(u8::try_from(named.count).unwrap_or(u8::MAX));
                let title = if named.in_title { 1.2 } else { 1.0 };
                raise(*place, weight * later * often.min(1.5) * title);
            }
            if places.is_some() {
                later *= LATER;
            }
        }
        if self.skill_words.is_empty() {
            return;
        }
        let all: f64 = seen.categories.iter().sum();
        for (places, weight) in self.skills_of.iter().zip(&seen.categories) {
            let share = narrow(weight / (all + 3.0));
            let each = GENERAL_CASE * share / (1.0 + narrow_count(places.len())).sqrt();
            places.iter().for_each(|place| raise(*place, each));
        }
        let mut later = 1.0;
        for (tokens, title) in parts.iter().zip([1.2, 1.0]) {
            for (word, _) in stems(tokens) {
                let singular = word.strip_suffix('s').filter(|word| word.len() > 3);
                let place = self
                    .skill_words
                    .get(word)
                    .or_else(|| self.skill_words.get(singular?));
                if let Some(place) = place {
                    raise(*place, MAYBE_NAMED * title * later);
                    later *= LATER;
                } else if word.len() > MIN_PART {
                    for (name, place) in &self.skill_parts {
                        if word.starts_with(name.as_str()) || word.ends_with(name.as_str()) {
                            raise(*place, PART_OF_A_WORD * title * later);
                        }
                    }
                }
            }
        }
    }

    fn priorities(&self, seen: &Signals, scores: &mut [f32]) {
        let (spoken, sure) = seen.priority;
        for (score, name) in scores.iter_mut().zip(self.choices(Field::Priority)) {
            let Ok(priority) = name.parse::<Priority>() else {
                continue;
            };
            if priority == Priority::Medium {
                *score += ORDINARY;
            }
            if priority == spoken {
                *score += PRESSING * narrow(sure);
            }
        }
    }
}

/// The options of a field, each spelling once.
fn distinct(options: &[Choice]) -> Vec<Choice> {
    let mut seen = std::collections::HashSet::new();
    options
        .iter()
        .filter(|one| !one.name.trim().is_empty() && seen.insert(folded(&one.name)))
        .cloned()
        .collect()
}

/// What a field's values are where the owner said nothing.
fn implicit(dictionary: &Dictionary, field: Field) -> Vec<Choice> {
    let named = |name: &str| Choice {
        name: name.to_owned(),
        description: String::new(),
    };
    match field {
        Field::Category => dictionary
            .lexicon
            .categories()
            .iter()
            .map(|one| named(&one.name))
            .collect(),
        Field::Priority => Priority::ALL.map(|one| named(one.as_str())).to_vec(),
        Field::Type => Vec::new(),
        Field::Skill => dictionary
            .vocabulary
            .entries()
            .iter()
            .map(|entry| named(&entry.name))
            .collect(),
    }
}

/// What the lexicon says for its own categories.
fn categories(lexicon: &Lexicon, seen: &Signals, scores: &mut [f32]) {
    for (score, weight) in scores.iter_mut().zip(&seen.categories) {
        *score = narrow(*weight).sqrt();
    }
    if let Some(score) = lexicon.default_category.and_then(|at| scores.get_mut(at)) {
        *score += 0.5;
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts of options")]
const fn narrow_count(count: usize) -> f32 {
    count as f32
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "scores are kept in single precision"
)]
const fn narrow(value: f64) -> f32 {
    value as f32
}

impl Words {
    fn of(dictionary: &Dictionary, choices: &[Choice]) -> Self {
        let lexicon = &dictionary.lexicon;
        let mut words = Self {
            categories: vec![Vec::new(); lexicon.categories().len()],
            ..Self::default()
        };
        for (place, choice) in choices.iter().enumerate() {
            let texts = [&choice.name, &choice.description];
            for (text, weight) in texts.into_iter().zip([IN_NAME, IN_DESCRIPTION]) {
                words.add(dictionary, place, &Tokens::of(text), weight);
            }
            let parts = [Tokens::of(&choice.name), Tokens::of(&choice.description)];
            let mut all = parts.iter().flat_map(stems);
            if all.any(|(word, _)| CATCH_ALLS.contains(&word)) {
                words.rest.push(place);
            }
            let seen = signals(lexicon, &dictionary.vocabulary, &[], &parts);
            let all: f64 = seen.categories.iter().sum();
            for (says, weight) in words.categories.iter_mut().zip(seen.categories) {
                if weight > 0.0 {
                    says.push((place, narrow(weight / all)));
                }
            }
        }
        let count = choices.len();
        for says in words.stems.values_mut().chain(words.groups.values_mut()) {
            rarer_says_more(says, count);
        }
        words
            .pairs
            .values_mut()
            .for_each(|says| rarer_says_more(says, count));
        words
    }

    fn add(&mut self, dictionary: &Dictionary, place: usize, tokens: &Tokens<'_>, weight: f32) {
        let mut before: Option<u64> = None;
        for (index, (word, stem)) in stems(tokens).enumerate() {
            if dictionary.lexicon.stop_words.contains(word) {
                continue;
            }
            let weight = if GENERIC.contains(&word) {
                weight * GENERIC_SHARE
            } else {
                weight
            };
            raise(self.stems.entry(hash_of(stem)).or_default(), place, weight);
            for group in dictionary.related.of(stem) {
                raise(self.groups.entry(*group).or_default(), place, weight);
            }
            let joined = tokens.list()[index].gap != Gap::Break;
            if let Some(before) = before.filter(|_| joined) {
                let pair = hash_of_pair(before, hash_of(stem));
                raise(self.pairs.entry(pair).or_default(), place, weight * PAIR);
            }
            before = Some(hash_of(stem));
        }
    }

    fn read(
        &self,
        dictionary: &Dictionary,
        seen: &Signals,
        parts: &[Tokens<'_>; 2],
        scores: &mut [f32],
    ) {
        let mut counts: Vec<(u64, &str, f32)> = Vec::new();
        let mut pairs: Vec<(u64, f32)> = Vec::new();
        for (tokens, times) in parts.iter().zip([TITLE, 1.0]) {
            let mut before = None;
            for (word, stem) in stems(tokens) {
                if dictionary.lexicon.stop_words.contains(word) {
                    continue;
                }
                let hash = hash_of(stem);
                counts.push((hash, stem, times));
                let pair = before.map(|before| hash_of_pair(before, hash));
                pairs.extend(
                    pair.filter(|pair| self.pairs.contains_key(pair))
                        .map(|pair| (pair, times)),
                );
                before = Some(hash);
            }
        }
        let count = counts.len();
        counts.sort_by_key(|(hash, ..)| *hash);
        for same in counts.chunk_by(|a, b| a.0 == b.0) {
            let (hash, stem, _) = same[0];
            let often = 1.0 + same.iter().map(|(.., times)| times).sum::<f32>().ln();
            let direct = self.stems.get(&hash);
            for (place, weight) in direct.into_iter().flatten() {
                scores[*place] += weight * often;
            }
            let told =
                |place: usize| direct.is_some_and(|says| says.iter().any(|one| one.0 == place));
            let mut by_group: Says = Vec::new();
            for group in dictionary.related.of(stem) {
                for (place, weight) in self.groups.get(group).into_iter().flatten() {
                    if !told(*place) {
                        raise(&mut by_group, *place, *weight);
                    }
                }
            }
            for (place, weight) in by_group {
                scores[place] += weight * often * RELATED;
            }
        }
        pairs.sort_by_key(|(hash, _)| *hash);
        for same in pairs.chunk_by(|a, b| a.0 == b.0) {
            let often = 1.0 + same.iter().map(|(_, times)| times).sum::<f32>().ln();
            for (place, weight) in self.pairs.get(&same[0].0).into_iter().flatten() {
                scores[*place] += weight * often;
            }
        }
        for place in &self.rest {
            scores[*place] += CATCH_ALL * (narrow_count(count) / CATCH_ALL_WORDS).min(1.0);
        }
        let all: f64 = seen.categories.iter().sum();
        for (says, weight) in self.categories.iter().zip(&seen.categories) {
            for (place, share) in says {
                scores[*place] += LEXICON * share * narrow(weight / (all + 3.0));
            }
        }
        for score in scores {
            *score *= SOFTNESS;
        }
    }
}

fn hash_of(stem: &str) -> u64 {
    Hash::of_kind(0).add_text(stem).wide()
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
