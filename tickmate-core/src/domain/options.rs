//! Options: what a desk's owner set up, which may be all that is known before the first ticket.

use serde::{Deserialize, Serialize};

use super::{field::Field, skill::key};

/// The values that a desk's fields may have. A field without any has those of the shipped dictionary (the type has
/// none) until tickets taught others.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Options {
    /// The categories.
    #[serde(alias = "category")]
    pub categories: Vec<FieldOption>,
    /// The kinds of ticket.
    #[serde(alias = "type")]
    pub types: Vec<FieldOption>,
    /// The priorities.
    #[serde(alias = "priority")]
    pub priorities: Vec<FieldOption>,
    /// What people may know.
    #[serde(alias = "skill")]
    pub skills: Vec<FieldOption>,
}

/// One value: in JSON its name alone, or an object of name and description.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Written")]
pub struct FieldOption {
    /// How it is spelled.
    pub name: String,
    /// What belongs there, in words of any language.
    pub description: String,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Written {
    Name(String),
    Described {
        name: String,
        #[serde(default)]
        description: String,
    },
}

impl From<Written> for FieldOption {
    fn from(written: Written) -> Self {
        match written {
            Written::Name(name) => Self {
                name,
                description: String::new(),
            },
            Written::Described { name, description } => Self { name, description },
        }
    }
}

impl Options {
    /// The values of a field.
    pub fn of(&self, field: Field) -> &[FieldOption] {
        match field {
            Field::Category => &self.categories,
            Field::Priority => &self.priorities,
            Field::Type => &self.types,
            Field::Skill => &self.skills,
        }
    }
}

/// The option of this name, in any case and spelling that has the same key.
pub fn option_named<'a>(options: &'a [FieldOption], name: &str) -> Option<&'a FieldOption> {
    let wanted = key(name);
    options.iter().find(|option| match wanted.is_empty() {
        true => option.name == name.trim(),
        false => key(&option.name) == wanted,
    })
}
