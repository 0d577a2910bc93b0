//! The lexicon: which categories a desk has, and which words speak for a category or a priority.

use std::collections::{BTreeMap, HashMap, HashSet};

use serde::{Deserialize, Serialize};

use super::phrases::Phrases;
use crate::domain::{
    analysis::{Complexity, Sentiment},
    options::FieldOption,
    skill::key,
    text::CATEGORY,
};

/// What a lexicon is made of. [`LexiconData::shipped`] is a start for an owner's own.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LexiconData {
    /// The categories. Of two that a ticket speaks for alike, the first is taken.
    pub categories: Vec<CategoryEntry>,
    /// The category of a ticket that speaks for none; one of the names above.
    #[serde(default)]
    pub default_category: Option<String>,
    /// The kinds of ticket, each described in words.
    #[serde(default)]
    pub types: Vec<FieldOption>,
    /// What speaks for a priority other than medium.
    #[serde(default)]
    pub priorities: PriorityTerms,
    /// What speaks for how the requester feels. What is under `neutral` is politeness, and no word of it says more.
    #[serde(default)]
    pub sentiments: BTreeMap<Sentiment, Terms>,
    /// What speaks for how much work it is.
    #[serde(default)]
    pub complexities: BTreeMap<Complexity, Terms>,
    /// Names of skills that are everyday words too.
    #[serde(default)]
    pub ambiguous: Vec<AmbiguousNames>,
    /// Words that turn the next few into their contrary.
    #[serde(default)]
    pub negations: Vec<String>,
    /// Words that say nothing about what a text is about.
    #[serde(default)]
    pub stop_words: Vec<String>,
    /// How sentences begin that are no part of the matter.
    #[serde(default)]
    pub greetings: Vec<String>,
}

/// Words, and phrases of at most four, with their weights, each a positive number. A word that ends in `*` stands for
/// every one that begins like it; what stands before the `*` has three letters at least. Case, accents, hyphens and
/// spaces make no difference.
pub type Terms = BTreeMap<String, f64>;

/// One category.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CategoryEntry {
    /// Its name: 1 to 60 characters on one line.
    pub name: String,
    /// What belongs there, in words.
    #[serde(default)]
    pub description: String,
    /// The id of the skill that its tickets need where they name none.
    #[serde(default)]
    pub skill: Option<String>,
    /// The ids of skills that speak for it.
    #[serde(default)]
    pub skills: Vec<String>,
    /// What speaks for it.
    #[serde(default)]
    pub terms: Terms,
    /// A note for whoever answers.
    #[serde(default)]
    pub hint: String,
    /// What to try first.
    #[serde(default)]
    pub first_steps: Vec<String>,
}

/// What speaks for a priority other than medium.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PriorityTerms {
    /// Many can't work. One such term alone makes nothing urgent.
    pub urgent: Terms,
    /// Somebody can't work.
    pub high: Terms,
    /// It can wait.
    pub low: Terms,
    /// By when it must be done, where that is soon: a fact, which counts before everything that was learned.
    pub deadlines: Terms,
    /// Words for people (`users`), singular and plural. With a number of five or more before it, one says that many
    /// are affected.
    pub people: Vec<String>,
}

/// Names of skills that are everyday words too (`Go`, `Word`): found only where the words around speak for it, and in
/// no text where nothing is given that could.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AmbiguousNames {
    /// The names.
    pub names: Vec<String>,
    /// Words that speak for the skill when they stand near.
    pub near: Vec<String>,
    /// The ids of skills that speak for it when the text names them.
    pub near_skills: Vec<String>,
    /// The word right before that speaks against it.
    pub not_after: Vec<String>,
    /// The word right behind that speaks against it.
    pub not_before: Vec<String>,
    /// Whether a capital within a sentence of the description is enough.
    pub capital_is_enough: bool,
}

/// Why a lexicon can't be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LexiconError {
    /// A category's name is empty, too long, or holds characters that are not allowed.
    #[error("the name of category {0} is not 1 to 60 characters on one line")]
    Name(usize),
    /// Two categories have one name.
    #[error("there are two categories named {0}")]
    Twice(String),
    /// The category of last resort is none of the categories.
    #[error("the default category {0} is not among the categories")]
    Default(String),
    /// A term has no letters, or its weight is no positive number.
    #[error("the term {0:?} needs letters, three before a *, and a positive weight")]
    Term(String),
}

/// What a term speaks for, once or several times.
#[derive(Debug, Clone)]
pub(in crate::domain) struct Votes<T> {
    /// Which term, counted from 0.
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

/// What a term says about the priority.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::domain) enum Press {
    Urgent,
    High,
    Low,
    Deadline,
}

/// [`AmbiguousNames`], ready to be asked.
#[derive(Debug, Clone)]
pub(in crate::domain) struct Ambiguity {
    pub(in crate::domain) near: HashSet<String>,
    pub(in crate::domain) near_skills: HashSet<String>,
    pub(in crate::domain) not_after: HashSet<String>,
    pub(in crate::domain) not_before: HashSet<String>,
    pub(in crate::domain) capital_is_enough: bool,
}

/// Which categories a desk has, and which words speak for what. Made once; reading a ticket changes nothing in it.
#[derive(Debug, Clone, Default)]
pub struct Lexicon {
    categories: Vec<CategoryEntry>,
    types: Vec<FieldOption>,
    pub(in crate::domain) default_category: Option<usize>,
    pub(in crate::domain) category_terms: Phrases<Votes<usize>>,
    pub(in crate::domain) priority_terms: Phrases<Votes<Press>>,
    pub(in crate::domain) people: HashSet<String>,
    pub(in crate::domain) sentiment_terms: Phrases<Votes<Sentiment>>,
    pub(in crate::domain) complexity_terms: Phrases<Votes<Complexity>>,
    /// How many terms there are of all kinds.
    pub(in crate::domain) terms: usize,
    pub(in crate::domain) by_skill: HashMap<String, Vec<usize>>,
    pub(in crate::domain) ambiguous: HashMap<String, usize>,
    pub(in crate::domain) ambiguities: Vec<Ambiguity>,
    /// Names of skills that no text means.
    pub(in crate::domain) silent: HashSet<String>,
    pub(in crate::domain) negations: HashSet<String>,
    pub(in crate::domain) stop_words: HashSet<String>,
    pub(in crate::domain) greetings: Phrases<()>,
}

impl LexiconData {
    /// What ships with this library: English and German, and the commonest words of French, Spanish, Italian, Dutch and
    /// Portuguese.
    pub fn shipped() -> Self {
        // The file is part of the build and a test reads it, so that the empty one is never seen.
        serde_json::from_str(include_str!("../../../data/lexicon.json")).unwrap_or_default()
    }
}

impl Lexicon {
    /// Makes a lexicon ready for reading tickets.
    ///
    /// # Errors
    /// [`LexiconError`] where a category or a term can't be used.
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
                .any(|c| c.is(&category.name))
            {
                return Err(LexiconError::Twice(category.name.clone()));
            }
            vote(
                &mut lexicon.category_terms,
                &mut lexicon.terms,
                &category.terms,
                index,
            )?;
            for skill in category.skills.iter().chain(&category.skill) {
                let speaks_for = lexicon.by_skill.entry(skill.clone()).or_default();
                speaks_for.push(index);
            }
        }
        let count = &mut lexicon.terms;
        for (terms, press) in [
            (&data.priorities.urgent, Press::Urgent),
            (&data.priorities.high, Press::High),
            (&data.priorities.low, Press::Low),
            (&data.priorities.deadlines, Press::Deadline),
        ] {
            vote(&mut lexicon.priority_terms, count, terms, press)?;
        }
        for (sentiment, terms) in &data.sentiments {
            vote(&mut lexicon.sentiment_terms, count, terms, *sentiment)?;
        }
        for (complexity, terms) in &data.complexities {
            vote(&mut lexicon.complexity_terms, count, terms, *complexity)?;
        }
        for (index, names) in data.ambiguous.iter().enumerate() {
            let nothing_speaks = names.near.is_empty() && names.near_skills.is_empty();
            if nothing_speaks && !names.capital_is_enough {
                lexicon.silent.extend(keys(&names.names));
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
            let place = data.categories.iter().position(|c| c.is(&name));
            lexicon.default_category = Some(place.ok_or(LexiconError::Default(name))?);
        }
        lexicon.categories = data.categories;
        lexicon.types = data.types;
        Ok(lexicon)
    }

    /// What ships with this library: English and German, and the commonest words of French, Spanish, Italian, Dutch and
    /// Portuguese.
    pub fn shipped() -> Self {
        Self::new(LexiconData::shipped()).unwrap_or_default()
    }

    /// The categories, in the order given.
    pub fn categories(&self) -> &[CategoryEntry] {
        &self.categories
    }

    /// The kinds of ticket, in the order given.
    pub fn types(&self) -> &[FieldOption] {
        &self.types
    }

    /// The category of this name, in any case and spelling that has the same [`key`].
    pub fn category(&self, name: &str) -> Option<&CategoryEntry> {
        self.categories.iter().find(|category| category.is(name))
    }

    /// Its place among the categories.
    pub(in crate::domain) fn place_of(&self, name: &str) -> Option<usize> {
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

fn vote<T: Copy>(
    phrases: &mut Phrases<Votes<T>>,
    count: &mut usize,
    terms: &Terms,
    what: T,
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
        votes.list.push((what, *weight));
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
    fn what_can_not_be_used_is_named() {
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
            let mut wrong = category("a");
            wrong.terms.insert(term.to_owned(), weight);
            assert_eq!(
                error(data(vec![wrong])),
                LexiconError::Term(term.to_owned())
            );
        }
    }

    #[test]
    fn an_owner_brings_a_lexicon_of_the_own() {
        let json = r#"{"categories": [{"name": "Boats", "terms": {"sail*": 2}}], "default_category": "boats"}"#;
        let lexicon = Lexicon::new(serde_json::from_str(json).unwrap()).unwrap();
        assert_eq!(lexicon.category("BOATS").unwrap().name, "Boats");
        assert_eq!(lexicon.default_category, Some(0));
        assert!(lexicon.category("cars").is_none());
    }
}
