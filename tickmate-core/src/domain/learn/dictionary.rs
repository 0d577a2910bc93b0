//! The dictionary: what is known of words before any ticket, and what it says for a desk's options.

use std::collections::{BTreeMap, HashMap};

use super::{
    labels::folded,
    related::{Related, stems},
    words::{Said, Words},
};
use crate::domain::{
    field::{FIELDS, Field},
    lexical::{Evidence, Lexicon, Signals, token::Tokens},
    options::{FieldOption, Options},
    priority::Priority,
    skill::{Skill, Vocabulary, key},
};

/// A skill that is named beyond doubt, that may be meant, and one of which a special case or the general case is named.
/// Among a score of others that makes about 97, 80, 60 and 15 of a hundred.
const NAMED: f32 = 6.5;
const MAYBE_NAMED: f32 = 4.5;
const SPECIAL_CASE: f32 = 3.25;
const GENERAL_CASE: f32 = 1.25;
/// A longer word that begins or ends with a skill's name of at least so many bytes.
const PART_OF_A_WORD: f32 = 2.6;
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

    pub(super) const fn related(&self) -> &Related {
        &self.related
    }
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

    /// The place of the value that a learned label stands for. Skills of the dictionary go by all their names.
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
        let seen =
            Evidence::in_text(&dictionary.lexicon, &dictionary.vocabulary, held, parts).signals();
        self.read_seen(dictionary, parts, &seen)
    }

    /// The same for a text of which the signals are known.
    pub(super) fn read_seen(
        &self,
        dictionary: &Dictionary,
        parts: &[Tokens<'_>; 2],
        seen: &Signals,
    ) -> [Vec<f32>; FIELDS] {
        let compares = |field| self.is_explicit(field);
        let said = (compares(Field::Category) || compares(Field::Type))
            .then(|| Said::of(dictionary, parts));
        Field::ALL.map(|field| {
            let mut scores = vec![0.0; self.choices(field).len()];
            match field {
                Field::Priority => self.priorities(seen, &mut scores),
                Field::Skill => self.read_skills(seen, parts, &mut scores),
                Field::Category if !self.is_explicit(field) => {
                    categories(&dictionary.lexicon, seen, &mut scores);
                }
                Field::Category | Field::Type => {
                    if let Some(said) = &said {
                        self.words[field.index()].read(seen, said, &mut scores);
                    }
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
fn distinct(options: &[FieldOption]) -> Vec<FieldOption> {
    let mut seen = std::collections::HashSet::new();
    options
        .iter()
        .filter(|one| !one.name.trim().is_empty() && seen.insert(folded(&one.name)))
        .cloned()
        .collect()
}

/// What a field's values are where the owner said nothing.
fn implicit(dictionary: &Dictionary, field: Field) -> Vec<FieldOption> {
    let named = |name: &str| FieldOption {
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
pub(super) const fn narrow_count(count: usize) -> f32 {
    count as f32
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "scores are kept in single precision"
)]
pub(super) const fn narrow(value: f64) -> f32 {
    value as f32
}
