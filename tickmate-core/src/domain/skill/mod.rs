//! Skills: a vocabulary gives all spellings of a name one id, and contains which skills are more general than others.

mod entry;
mod hierarchy;
mod input;
mod key;
mod level;
mod lookup;
mod suggest;
mod vocabulary;

use serde::{Deserialize, Serialize};

pub use entry::{MAX_ALIASES, MAX_PARENTS, MAX_ROWS, SkillEntry, VocabularyError};
pub use hierarchy::MAX_ANCESTORS;
pub use input::SkillInput;
pub use key::key;
pub use level::{Level, UnknownLevel};
pub use lookup::MAX_NAME;
pub use vocabulary::Vocabulary;

/// A skill that a user has or a ticket requires. Two are the same skill if their ids are equal ([`Skill::same`]); they are
/// equal if name and level are equal, too.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Skill {
    /// The canonical id: an id of the vocabulary, or `x:` and the key of an unknown name.
    pub id: String,
    /// The display name: the name in the vocabulary, or the name as it was entered.
    pub name: String,
    /// The level that a user has, or the least level that a ticket requires. None: not specified.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub level: Option<Level>,
}

impl Skill {
    /// Creates a skill without a level.
    pub fn new(id: impl Into<String>, name: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            name: name.into(),
            level: None,
        }
    }

    /// Creates the skill of an entry, without a level.
    pub fn known(entry: &SkillEntry) -> Self {
        Self::new(&entry.id, &entry.name)
    }

    /// Replaces the level.
    #[must_use]
    pub fn at(self, level: impl Into<Option<Level>>) -> Self {
        Self {
            level: level.into(),
            ..self
        }
    }

    /// Returns whether both are the same skill, at any level.
    pub fn same(&self, other: &Self) -> bool {
        self.id == other.id
    }

    /// Returns whether a list contains the skill with this id, at any level.
    pub fn has(skills: &[Self], id: &str) -> bool {
        skills.iter().any(|skill| skill.id == id)
    }

    /// Returns whether the vocabulary did not know the name.
    pub fn is_unknown(&self) -> bool {
        self.id.starts_with("x:")
    }

    /// Returns the level of a user who has the skill: skilled if it is not specified.
    pub fn held_level(&self) -> Level {
        self.level.unwrap_or(Level::Skilled)
    }

    /// Returns the least level that a ticket requires: novice if it is not specified.
    pub fn least_level(&self) -> Level {
        self.level.unwrap_or(Level::Novice)
    }

    /// Returns the label in histories: the name, and the level if there is one.
    pub fn label(&self) -> String {
        match self.level {
            None => self.name.clone(),
            Some(level) => format!("{} (level {})", self.name, level.as_u8()),
        }
    }
}
