//! The dictionary: the knowledge about words that exists before any ticket, and its scores for a desk's options.

use std::collections::{BTreeMap, HashMap};

use super::{
    labels::normalize_label,
    related::{Related, stems},
    words::{TextWords, Words},
};
use crate::domain::{
    field::{FIELDS, Field},
    lexical::{Evidence, Lexicon, Signals, token::Tokens},
    options::{FieldOption, Options},
    priority::Priority,
    skill::{Skill, Vocabulary, key},
};

/// The scores of a skill that is named unambiguously, that may be meant, of which a special case is named, and of
/// which the general case is named. Among twenty other skills these give about 97, 80, 60 and 15 per cent.
const NAMED: f32 = 6.5;
const MAYBE_NAMED: f32 = 4.5;
const SPECIAL_CASE: f32 = 3.25;
const GENERAL_CASE: f32 = 1.25;
/// The score of a skill whose name, of at least `MIN_PART` bytes, begins or ends a longer word.
const PART_OF_WORD: f32 = 2.6;
const MIN_PART: usize = 5;
/// The maximum number of names that are compared with every word.
const MAX_PARTS: usize = 64;
/// The factor by which each earlier mention of another skill reduces a later one.
const LATER_FACTOR: f32 = 0.85;
/// The score of the priority that the lexicon indicates, and the score of the default priority.
const INDICATED_PRIORITY: f32 = 1.5;
const DEFAULT_PRIORITY: f32 = 0.6;

/// Vocabulary, lexicon and related words.
#[derive(Debug, Clone)]
pub struct Dictionary {
    vocabulary: Vocabulary,
    lexicon: Lexicon,
    related: Related,
}

impl Dictionary {
    /// Creates a dictionary from a desk's own vocabulary and lexicon, with the shipped groups of related words.
    pub fn new(vocabulary: Vocabulary, lexicon: Lexicon) -> Self {
        Self {
            vocabulary,
            lexicon,
            related: Related::shipped(),
        }
    }

    /// Returns the shipped dictionary.
    pub fn shipped() -> Self {
        Self::new(Vocabulary::shipped(), Lexicon::shipped())
    }

    /// Returns the vocabulary of skills.
    pub const fn vocabulary(&self) -> &Vocabulary {
        &self.vocabulary
    }

    /// Returns the lexicon of categories.
    pub const fn lexicon(&self) -> &Lexicon {
        &self.lexicon
    }

    pub(super) const fn related(&self) -> &Related {
        &self.related
    }
}

/// A desk's options in a form for the comparison with texts.
#[derive(Debug, Clone)]
pub(super) struct Prior {
    choices: [Vec<String>; FIELDS],
    /// The indices of the values by their normalized spellings.
    places: [HashMap<String, usize>; FIELDS],
    /// Whether the owner configured the options of each field; otherwise they are the dictionary's.
    explicit: [bool; FIELDS],
    words: [Words; FIELDS],
    /// The skills of the options, in their order.
    skills: Vec<Skill>,
    skill_places: BTreeMap<String, Vec<(usize, f32)>>,
    /// The options' skills by category of the lexicon.
    skills_of: Vec<Vec<usize>>,
    /// The names of the options' skills, which may have other meanings, too.
    skill_words: HashMap<String, usize>,
    /// The names in the owner's spelling that are long enough to be recognized within a longer word.
    skill_parts: Vec<(String, usize)>,
}

impl Prior {
    pub(super) fn new(dictionary: &Dictionary, options: &Options) -> Self {
        let explicit = Field::ALL.map(|field| !options.of(field).is_empty());
        let choices = Field::ALL.map(|field| match explicit[field.index()] {
            true => distinct(options.of(field)),
            false => dictionary_options(dictionary, field),
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
                .map(|(place, one)| (normalize_label(&one.name), place))
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

    /// Returns the values of a field, in the order of their indices.
    pub(super) fn choices(&self, field: Field) -> &[String] {
        &self.choices[field.index()]
    }

    /// Returns the index of the value for a learned label. Skills of the dictionary are found by all their names.
    pub(super) fn option_index(
        &self,
        dictionary: &Dictionary,
        field: Field,
        label: &str,
    ) -> Option<usize> {
        let places = &self.places[field.index()];
        places.get(&normalize_label(label)).copied().or_else(|| {
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
            for parent in vocabulary.parents(&skill.id) {
                add(parent, place, GENERAL_CASE);
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

    /// Scores each value of each field by the dictionary.
    pub(super) fn score(
        &self,
        dictionary: &Dictionary,
        parts: &[Tokens<'_>; 2],
    ) -> [Vec<f32>; FIELDS] {
        let extra_skills = match self.is_explicit(Field::Skill) {
            true => &self.skills[..],
            false => &[],
        };
        let signals = Evidence::in_text(
            &dictionary.lexicon,
            &dictionary.vocabulary,
            extra_skills,
            parts,
        )
        .signals();
        self.score_signals(dictionary, parts, &signals)
    }

    /// Like [`Prior::score`], for a text whose signals are known already.
    pub(super) fn score_signals(
        &self,
        dictionary: &Dictionary,
        parts: &[Tokens<'_>; 2],
        signals: &Signals,
    ) -> [Vec<f32>; FIELDS] {
        let is_compared = |field| self.is_explicit(field);
        let text_words = (is_compared(Field::Category) || is_compared(Field::Type))
            .then(|| TextWords::of(dictionary, parts));
        Field::ALL.map(|field| {
            let mut scores = vec![0.0; self.choices(field).len()];
            match field {
                Field::Priority => self.score_priorities(signals, &mut scores),
                Field::Skill => self.score_skills(signals, parts, &mut scores),
                Field::Category if !self.is_explicit(field) => {
                    score_categories(&dictionary.lexicon, signals, &mut scores);
                }
                Field::Category | Field::Type => {
                    if let Some(text_words) = &text_words {
                        self.words[field.index()].score(signals, text_words, &mut scores);
                    }
                }
            }
            scores
        })
    }

    fn score_skills(&self, signals: &Signals, parts: &[Tokens<'_>; 2], scores: &mut [f32]) {
        let mut raise_score = |place: usize, by: f32| {
            if let Some(score) = scores.get_mut(place) {
                *score = score.max(by);
            }
        };
        let mut later_factor = 1.0;
        for named in &signals.skills {
            let places = self.skill_places.get(&named.skill.id);
            for (place, weight) in places.into_iter().flatten() {
                let often = 1.0 + 0.1 * f32::from(u8::try_from(named.count).unwrap_or(u8::MAX));
                let title = if named.in_title { 1.2 } else { 1.0 };
                raise_score(*place, weight * later_factor * often.min(1.5) * title);
            }
            if places.is_some() {
                later_factor *= LATER_FACTOR;
            }
        }
        if self.skill_words.is_empty() {
            return;
        }
        let total: f64 = signals.categories.iter().sum();
        for (places, weight) in self.skills_of.iter().zip(&signals.categories) {
            let share = narrow(weight / (total + 3.0));
            let each = GENERAL_CASE * share / (1.0 + narrow_count(places.len())).sqrt();
            places.iter().for_each(|place| raise_score(*place, each));
        }
        let mut later_factor = 1.0;
        for (tokens, title) in parts.iter().zip([1.2, 1.0]) {
            for (word, _) in stems(tokens) {
                let singular = word.strip_suffix('s').filter(|word| word.len() > 3);
                let place = self
                    .skill_words
                    .get(word)
                    .or_else(|| self.skill_words.get(singular?));
                if let Some(place) = place {
                    raise_score(*place, MAYBE_NAMED * title * later_factor);
                    later_factor *= LATER_FACTOR;
                } else if word.len() > MIN_PART {
                    for (name, place) in &self.skill_parts {
                        if word.starts_with(name.as_str()) || word.ends_with(name.as_str()) {
                            raise_score(*place, PART_OF_WORD * title * later_factor);
                        }
                    }
                }
            }
        }
    }

    fn score_priorities(&self, signals: &Signals, scores: &mut [f32]) {
        let (indicated, confidence) = signals.priority;
        for (score, name) in scores.iter_mut().zip(self.choices(Field::Priority)) {
            let Ok(priority) = name.parse::<Priority>() else {
                continue;
            };
            if priority == Priority::Medium {
                *score += DEFAULT_PRIORITY;
            }
            if priority == indicated {
                *score += INDICATED_PRIORITY * narrow(confidence);
            }
        }
    }
}

/// Returns the options of a field without repeated spellings.
fn distinct(options: &[FieldOption]) -> Vec<FieldOption> {
    let mut seen = std::collections::HashSet::new();
    options
        .iter()
        .filter(|one| !one.name.trim().is_empty() && seen.insert(normalize_label(&one.name)))
        .cloned()
        .collect()
}

/// Returns the values of a field that the owner did not configure.
fn dictionary_options(dictionary: &Dictionary, field: Field) -> Vec<FieldOption> {
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

/// Scores the lexicon's own categories.
fn score_categories(lexicon: &Lexicon, signals: &Signals, scores: &mut [f32]) {
    for (score, weight) in scores.iter_mut().zip(&signals.categories) {
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
