//! Fields: what the desk reads from a ticket and learns about it.

use serde::{Deserialize, Serialize};

/// What is learned about a ticket.
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
    /// The desk's category.
    Category,
    /// How much it presses.
    Priority,
    /// Which kind of ticket it is: an incident, a request …
    Type,
    /// The skills that answering it requires.
    Skill,
}

/// How many fields there are.
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
