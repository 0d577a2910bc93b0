//! Fields: what is learned about a ticket.

use serde::{Deserialize, Serialize};

/// What is learned about a ticket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Field {
    /// The desk's category.
    Category,
    /// How much it presses.
    Priority,
    /// Which kind of ticket it is: an incident, a request …
    Type,
    /// What somebody must know to answer it.
    Skill,
}

/// How many fields there are.
pub(super) const FIELDS: usize = 4;

impl Field {
    /// Every field.
    pub const ALL: [Self; FIELDS] = [Self::Category, Self::Priority, Self::Type, Self::Skill];

    /// Its name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Category => "category",
            Self::Priority => "priority",
            Self::Type => "type",
            Self::Skill => "skill",
        }
    }

    pub(super) const fn index(self) -> usize {
        match self {
            Self::Category => 0,
            Self::Priority => 1,
            Self::Type => 2,
            Self::Skill => 3,
        }
    }
}

/// A ticket as somebody settled it: what the text is taken to mean from here on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Example<'a> {
    /// What it is known by; of two with one id the later counts. One of more than 128 bytes is known by its digest.
    pub id: &'a str,
    /// What it is about; may be empty.
    pub title: &'a str,
    /// What is wrong.
    pub description: &'a str,
    /// The label of each field in the order of [`Field::ALL`]; none where nothing was settled.
    pub labels: [Option<&'a str>; FIELDS],
}

impl<'a> Example<'a> {
    /// The label of a field, trimmed; none for one that is blank or has more than 200 characters.
    pub fn label(&self, field: Field) -> Option<&'a str> {
        let label = self.labels[field.index()]?.trim();
        let fits = !label.is_empty() && label.chars().nth(super::MAX_LABEL).is_none();
        fits.then_some(label)
    }
}
