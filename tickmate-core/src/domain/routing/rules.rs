//! The routing settings of the desk's owner, as stored.

use serde::{Deserialize, Serialize};

use super::Policy;
use crate::domain::{hours::Holidays, skill::SkillEntry};

/// The routing settings of the desk's owner.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct RoutingRules {
    /// The routing policy.
    pub policy: Policy,
    /// The owner's entries of the skill dictionary, in addition to the shipped ones.
    pub skills: Vec<SkillEntry>,
    /// Days without work, except for users whose own hours include them.
    pub holidays: Holidays,
}
