//! Fields: what the desk reads from a ticket and learns.

use serde::{Deserialize, Serialize};

/// A field of a ticket that the desk learns to predict.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    strum::IntoStaticStr,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Field {
    /// The category.
    Category,
    /// The urgency.
    Priority,
    /// The kind of ticket: an incident, a request …
    Type,
    /// The skills that answering it requires.
    Skill,
}

/// The number of fields.
pub(in crate::domain) const FIELDS: usize = 4;

impl Field {
    /// Every field.
    pub const ALL: [Self; FIELDS] = [Self::Category, Self::Priority, Self::Type, Self::Skill];

    /// Its name on the wire.
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    pub(in crate::domain) const fn index(self) -> usize {
        match self {
            Self::Category => 0,
            Self::Priority => 1,
            Self::Type => 2,
            Self::Skill => 3,
        }
    }
}
