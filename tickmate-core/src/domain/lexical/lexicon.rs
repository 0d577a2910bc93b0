//! The lexicon: the categories of a desk, and the words that indicate categories and priorities.

use std::collections::{BTreeMap, HashMap, HashSet};

use serde::{Deserialize, Serialize};

use super::phrases::Phrases;
use crate::domain::{
    analysis::{Complexity, Sentiment},
    options::FieldOption,
    skill::key,
    text::CATEGORY,
};

/// The data of a lexicon. [`LexiconData::shipped`] is a starting point for the owner's own.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LexiconData {
    /// The categories. If a ticket indicates two equally, the first is chosen.
    pub categories: Vec<CategoryEntry>,
    /// The name of the category for tickets that indicate none.
    #[serde(default)]
    pub default_category: Option<String>,
    /// The types of ticket, with their descriptions.
    #[serde(default)]
    pub types: Vec<FieldOption>,
    /// The terms that indicate a priority other than medium.
    #[serde(default)]
    pub priorities: PriorityTerms,
    /// The terms that indicate a sentiment. Those under `neutral` are polite phrases, whose words indicate nothing
    /// else.
    #[serde(default)]
    pub sentiments: BTreeMap<Sentiment, Terms>,
    /// The terms that indicate a complexity.
    #[serde(default)]
    pub complexities: BTreeMap<Complexity, Terms>,
    /// Names of skills that are also everyday words.
    #[serde(default)]
    pub ambiguous: Vec<AmbiguousNames>,
    /// Words that negate the next few words.
    #[serde(default)]
    pub negations: Vec<String>,
    /// Words without information about the topic of a text.
    #[serde(default)]
    pub stop_words: Vec<String>,
    /// Beginnings of sentences that do not belong to the topic.
    #[serde(default)]
    pub greetings: Vec<String>,
}

/// Words and phrases of up to four words, with their positive weights.
///
/// A word that ends in `*` matches all words with that prefix, which needs at least three letters. Case, accents,
/// hyphens and spaces are ignored.
pub type Terms = BTreeMap<String, f64>;

/// A category of tickets.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CategoryEntry {
    /// Its name: 1 to 60 characters on one line.
    pub name: String,
    /// The description of the category.
    #[serde(default)]
    pub description: String,
    /// The id of the skill that its tickets require if they name none.
    #[serde(default)]
    pub skill: Option<String>,
    /// The ids of skills that indicate the category.
    #[serde(default)]
    pub skills: Vec<String>,
    /// The terms that indicate the category.
    #[serde(default)]
    pub terms: Terms,
    /// A note for the assignee.
    #[serde(default)]
    pub hint: String,
    /// The first steps towards a solution.
    #[serde(default)]
    pub first_steps: Vec<String>,
}

/// The terms that indicate a priority other than medium.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PriorityTerms {
    /// Many users can't work. A single such term does not make a ticket urgent.
    pub urgent: Terms,
    /// A user can't work.
    pub high: Terms,
    /// The ticket can wait.
    pub low: Terms,
    /// Near deadlines. A deadline is a fact, which takes precedence over learned predictions.
    pub deadlines: Terms,
    /// Words for people (`users`), singular and plural. Together with a preceding number of five or more they mean
    /// that many are affected.
    pub people: Vec<String>,
}

/// Names of skills that are also everyday words (`Go`, `Word`). Such a name counts as the skill only if the context
/// indicates it; without any `near`, `near_skills` or `capital_is_enough` it never does.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AmbiguousNames {
    /// The names.
    pub names: Vec<String>,
    /// Words that indicate the skill if they occur nearby.
    pub near: Vec<String>,
    /// The ids of skills that indicate the skill if the text names them.
    pub near_skills: Vec<String>,
    /// Words that exclude the skill if they occur right before the name.
    pub not_after: Vec<String>,
    /// Words that exclude the skill if they occur right after the name.
    pub not_before: Vec<String>,
    /// Whether a capital letter within a sentence of the description suffices.
    pub capital_is_enough: bool,
}

/// A lexicon is invalid.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LexiconError {
    /// The name of the category with this index is empty, too long, or contains forbidden characters.
    #[error("the name of category {0} is not 1 to 60 characters on one line")]
    Name(usize),
    /// Two categories have the same name.
    #[error("there are two categories named {0}")]
    Twice(String),
    /// The default category is not among the categories.
    #[error("the default category {0} is not among the categories")]
    Default(String),
    /// A term has no letters, a prefix is too short, or a weight is not positive.
    #[error("the term {0:?} needs letters, at least three before a *, and a positive weight")]
    Term(String),
}

/// What a term indicates: one or more values, with weights.
#[derive(Debug, Clone)]
pub(in crate::domain) struct Votes<T> {
    /// The index of the term.
    pub(in crate::domain) number: usize,
    pub(in crate::domain) list: Vec<(T, f64)>,
}

impl<T> Default for Votes<T> {
    fn default() -> Self {
        Self {
            number: 0,
            list: Vec::new(),
        }
    }
}

/// What a term indicates about the priority.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::domain) enum PrioritySignal {
    Urgent,
    High,
    Low,
    Deadline,
}

/// [`AmbiguousNames`] in a form for lookups.
#[derive(Debug, Clone)]
pub(in crate::domain) struct Ambiguity {
    pub(in crate::domain) near: HashSet<String>,
    pub(in crate::domain) near_skills: HashSet<String>,
    pub(in crate::domain) not_after: HashSet<String>,
    pub(in crate::domain) not_before: HashSet<String>,
    pub(in crate::domain) capital_is_enough: bool,
}

/// The categories of a desk, and the words that indicate them. It is built once and immutable.
#[derive(Debug, Clone, Default)]
pub struct Lexicon {
    categories: Vec<CategoryEntry>,
    types: Vec<FieldOption>,
    pub(in crate::domain) default_category: Option<usize>,
    pub(in crate::domain) category_terms: Phrases<Votes<usize>>,
    pub(in crate::domain) priority_terms: Phrases<Votes<PrioritySignal>>,
    pub(in crate::domain) people: HashSet<String>,
    pub(in crate::domain) sentiment_terms: Phrases<Votes<Sentiment>>,
    pub(in crate::domain) complexity_terms: Phrases<Votes<Complexity>>,
    /// The number of terms of all kinds.
    pub(in crate::domain) terms: usize,
    pub(in crate::domain) by_skill: HashMap<String, Vec<usize>>,
    pub(in crate::domain) ambiguous: HashMap<String, usize>,
    pub(in crate::domain) ambiguities: Vec<Ambiguity>,
    /// Ambiguous names of skills that never count as the skill.
    pub(in crate::domain) never_skills: HashSet<String>,
    pub(in crate::domain) negations: HashSet<String>,
    pub(in crate::domain) stop_words: HashSet<String>,
    pub(in crate::domain) greetings: Phrases<()>,
}

impl LexiconData {
    /// Returns the shipped data: English and German, and the most common words of French, Spanish, Italian, Dutch and
    /// Portuguese.
    pub fn shipped() -> Self {
        // The file is part of the build and a test parses it. Therefore the empty default is never used.
        serde_json::from_str(include_str!("../../../data/lexicon.json")).unwrap_or_default()
    }
}

impl Lexicon {
    /// Builds a lexicon from its data.
    ///
    /// # Errors
    /// Returns [`LexiconError`] if a category or a term is invalid.
    pub fn new(data: LexiconData) -> Result<Self, LexiconError> {
        let mut lexicon = Self {
            negations: keys(&data.negations),
            stop_words: keys(&data.stop_words),
            people: keys(&data.priorities.people),
            ..Self::default()
        };
        for (index, category) in data.categories.iter().enumerate() {
            CATEGORY
                .check("category", &category.name)
                .map_err(|_| LexiconError::Name(index))?;
            if data.categories[..index]
                .iter()
                .any(|entry| entry.is(&category.name))
            {
                return Err(LexiconError::Twice(category.name.clone()));
            }
            add_terms(
                &mut lexicon.category_terms,
                &mut lexicon.terms,
                &category.terms,
                index,
            )?;
            for skill in category.skills.iter().chain(&category.skill) {
                let categories = lexicon.by_skill.entry(skill.clone()).or_default();
                categories.push(index);
            }
        }
        let count = &mut lexicon.terms;
        for (terms, signal) in [
            (&data.priorities.urgent, PrioritySignal::Urgent),
            (&data.priorities.high, PrioritySignal::High),
            (&data.priorities.low, PrioritySignal::Low),
            (&data.priorities.deadlines, PrioritySignal::Deadline),
        ] {
            add_terms(&mut lexicon.priority_terms, count, terms, signal)?;
        }
        for (sentiment, terms) in &data.sentiments {
            add_terms(&mut lexicon.sentiment_terms, count, terms, *sentiment)?;
        }
        for (complexity, terms) in &data.complexities {
            add_terms(&mut lexicon.complexity_terms, count, terms, *complexity)?;
        }
        for (index, names) in data.ambiguous.iter().enumerate() {
            let has_no_context = names.near.is_empty() && names.near_skills.is_empty();
            if has_no_context && !names.capital_is_enough {
                lexicon.never_skills.extend(keys(&names.names));
            }
            let each = names.names.iter().map(|name| (key(name), index));
            lexicon.ambiguous.extend(each);
            lexicon.ambiguities.push(Ambiguity {
                near: keys(&names.near),
                near_skills: names.near_skills.iter().cloned().collect(),
                not_after: keys(&names.not_after),
                not_before: keys(&names.not_before),
                capital_is_enough: names.capital_is_enough,
            });
        }
        for greeting in &data.greetings {
            lexicon.greetings.entry(greeting);
        }
        if let Some(name) = data.default_category {
            let place = data.categories.iter().position(|entry| entry.is(&name));
            lexicon.default_category = Some(place.ok_or(LexiconError::Default(name))?);
        }
        lexicon.categories = data.categories;
        lexicon.types = data.types;
        Ok(lexicon)
    }

    /// Builds the shipped lexicon, see [`LexiconData::shipped`].
    pub fn shipped() -> Self {
        Self::new(LexiconData::shipped()).unwrap_or_default()
    }

    /// Returns the categories, in the order of the data.
    pub fn categories(&self) -> &[CategoryEntry] {
        &self.categories
    }

    /// Returns the types of ticket, in the order of the data.
    pub fn types(&self) -> &[FieldOption] {
        &self.types
    }

    /// Returns the category of this name, in any case and spelling that has the same [`key`].
    pub fn category(&self, name: &str) -> Option<&CategoryEntry> {
        self.categories.iter().find(|category| category.is(name))
    }

    /// Returns the index of a category.
    pub(in crate::domain) fn category_index(&self, name: &str) -> Option<usize> {
        self.categories
            .iter()
            .position(|category| category.is(name))
    }
}

impl CategoryEntry {
    fn is(&self, name: &str) -> bool {
        match key(name) {
            wanted if wanted.is_empty() => self.name == name.trim(),
            wanted => key(&self.name) == wanted,
        }
    }
}

fn keys(words: &[String]) -> HashSet<String> {
    words.iter().map(|word| key(word)).collect()
}

fn add_terms<T: Copy>(
    phrases: &mut Phrases<Votes<T>>,
    count: &mut usize,
    terms: &Terms,
    value: T,
) -> Result<(), LexiconError> {
    for (term, weight) in terms {
        let votes = phrases
            .entry(term)
            .filter(|_| weight.is_finite() && *weight > 0.0)
            .ok_or_else(|| LexiconError::Term(term.clone()))?;
        if votes.list.is_empty() {
            votes.number = *count;
            *count += 1;
        }
        votes.list.push((value, *weight));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn category(name: &str) -> CategoryEntry {
        CategoryEntry {
            name: name.to_owned(),
            ..CategoryEntry::default()
        }
    }

    #[test]
    fn invalid_data_names_its_error() {
        let data = |categories: Vec<CategoryEntry>| LexiconData {
            categories,
            ..LexiconData::default()
        };
        let error = |data| Lexicon::new(data).map(|_| ()).unwrap_err();
        assert_eq!(error(data(vec![category(" ")])), LexiconError::Name(0));
        assert_eq!(
            error(data(vec![category("A b"), category("a-B")])),
            LexiconError::Twice("a-B".to_owned())
        );
        let without = LexiconData {
            default_category: Some("x".to_owned()),
            ..data(vec![category("a")])
        };
        assert_eq!(error(without), LexiconError::Default("x".to_owned()));
        for (term, weight) in [
            ("!", 1.0),
            ("ab*", 1.0),
            ("word", 0.0),
            ("word", -1.0),
            ("word", f64::NAN),
            ("word", f64::INFINITY),
        ] {
            let mut invalid = category("a");
            invalid.terms.insert(term.to_owned(), weight);
            assert_eq!(
                error(data(vec![invalid])),
                LexiconError::Term(term.to_owned())
            );
        }
    }

    #[test]
    fn an_owner_can_define_a_lexicon() {
        let json = r#"{"categories": [{"name": "Boats", "terms": {"sail*": 2}}], "default_category": "boats"}"#;
        let lexicon = Lexicon::new(serde_json::from_str(json).unwrap()).unwrap();
        assert_eq!(lexicon.category("BOATS").unwrap().name, "Boats");
        assert_eq!(lexicon.default_category, Some(0));
        assert!(lexicon.category("cars").is_none());
    }
}
