//! What the desk's owner sets about routing, as it is stored.

use serde::{Deserialize, Serialize};

use super::Policy;
use crate::domain::{hours::Holidays, skill::SkillEntry};

/// What the desk's owner sets about routing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct RoutingRules {
    /// How tickets are given to people.
    pub policy: Policy,
    /// The owner's own rows of the dictionary, on top of those shipped.
    pub skills: Vec<SkillEntry>,
    /// Days on which nobody works, unless a person's own hours name them.
    pub holidays: Holidays,
}
