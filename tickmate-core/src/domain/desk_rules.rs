//! Desk rules: the sets of rules that admins change as a whole.

use serde::{Deserialize, Serialize};

/// The kind of a set of rules.
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
pub enum RulesKind {
    /// The routing policy, the desk's own entries of the dictionary, and the holidays.
    Routing,
    /// The lists that triage chooses from, and its thresholds.
    Triage,
}

impl RulesKind {
    /// Every kind of rules.
    pub const ALL: [Self; 2] = [Self::Routing, Self::Triage];

    /// Returns the word in stores.
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}
