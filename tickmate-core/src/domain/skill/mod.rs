//! Skills: one id for every spelling of a name, by a vocabulary of names and aliases, and which skills are more
//! general than which.

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

/// A skill that a person has or a ticket needs. Two are the same skill when their ids are ([`Skill::same`]); they are
/// equal when name and level are, too.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Skill {
    /// The canonical id: of the vocabulary, or `x:` and the key of a name that it does not know.
    pub id: String,
    /// How it is shown: the vocabulary's name, or the name as it was written.
    pub name: String,
    /// Of a person how well they can do it, of a ticket the least that it needs. None says nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub level: Option<Level>,
}

impl Skill {
    /// A skill without a level.
    pub fn new(id: impl Into<String>, name: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            name: name.into(),
            level: None,
        }
    }

    /// The skill of an entry, without a level.
    pub fn known(entry: &SkillEntry) -> Self {
        Self::new(&entry.id, &entry.name)
    }

    /// The same skill at this level, or at none.
    #[must_use]
    pub fn at(self, level: impl Into<Option<Level>>) -> Self {
        Self {
            level: level.into(),
            ..self
        }
    }

    /// Whether both are one skill, at whatever level.
    pub fn same(&self, other: &Self) -> bool {
        self.id == other.id
    }

    /// Whether a list has the skill of this id, at whatever level.
    pub fn has(skills: &[Self], id: &str) -> bool {
        skills.iter().any(|skill| skill.id == id)
    }

    /// Whether it is a name that the vocabulary did not know.
    pub fn is_unknown(&self) -> bool {
        self.id.starts_with("x:")
    }

    /// How well a person who has it can do it: who says nothing is skilled.
    pub fn held_level(&self) -> Level {
        self.level.unwrap_or(Level::Skilled)
    }

    /// How well a ticket that needs it needs it done: one that says nothing takes anybody.
    pub fn least_level(&self) -> Level {
        self.level.unwrap_or(Level::Novice)
    }

    /// What histories call it: the name, and the level where there is one.
    pub fn label(&self) -> String {
        match self.level {
            None => self.name.clone(),
            Some(level) => format!("{} (level {})", self.name, level.as_u8()),
        }
    }
}
