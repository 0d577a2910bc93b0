//! Options: the values of a desk's fields that its owner has configured.

use serde::{Deserialize, Serialize};

use super::{field::Field, skill::key};

/// The values of a desk's fields. A field without options has those of the shipped dictionary (the type has none) until
/// the desk learns others from tickets.
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
    /// The skills that users may have.
    #[serde(alias = "skill")]
    pub skills: Vec<FieldOption>,
}

/// One value. In JSON: its name, or an object with name and description.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "OptionInput")]
pub struct FieldOption {
    /// The spelling of the value.
    pub name: String,
    /// What belongs to this value, in any language.
    pub description: String,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum OptionInput {
    Name(String),
    Described {
        name: String,
        #[serde(default)]
        description: String,
    },
}

impl From<OptionInput> for FieldOption {
    fn from(input: OptionInput) -> Self {
        match input {
            OptionInput::Name(name) => Self {
                name,
                description: String::new(),
            },
            OptionInput::Described { name, description } => Self { name, description },
        }
    }
}

impl Options {
    /// Returns the options of a field.
    pub fn of(&self, field: Field) -> &[FieldOption] {
        match field {
            Field::Category => &self.categories,
            Field::Priority => &self.priorities,
            Field::Type => &self.types,
            Field::Skill => &self.skills,
        }
    }
}

/// Returns the option with this name, in any case and spelling with the same key.
pub fn option_named<'a>(options: &'a [FieldOption], name: &str) -> Option<&'a FieldOption> {
    let wanted_key = key(name);
    options.iter().find(|option| match wanted_key.is_empty() {
        true => option.name == name.trim(),
        false => key(&option.name) == wanted_key,
    })
}
