//! The team, the requesters and the tickets of the demo, as `data.json` lists them.

use serde::Deserialize;
use tickmate::domain::user::Role;

use crate::failure::{Context, Failure};

/// Everything that the demo adds.
#[derive(Deserialize)]
pub(super) struct Demo {
    pub(super) team: Vec<Member>,
    pub(super) requesters: Vec<Member>,
    pub(super) tickets: Vec<Draft>,
}

/// A user of the demo.
#[derive(Deserialize)]
pub(super) struct Member {
    pub(super) name: String,
    pub(super) role: Role,
    skills: String,
}

/// A ticket of the demo.
#[derive(Deserialize)]
pub(super) struct Draft {
    /// The name of the requester.
    pub(super) requester: String,
    pub(super) title: String,
    pub(super) description: String,
}

impl Demo {
    /// Reads the data that is built in.
    pub(super) fn load() -> Result<Self, Failure> {
        serde_json::from_str(include_str!("data.json")).context("the demo's data can't be read")
    }
}

impl Member {
    /// Returns the skills by their names in the shipped vocabulary.
    pub(super) fn skills(&self) -> impl Iterator<Item = &str> {
        self.skills.split(", ").filter(|skill| !skill.is_empty())
    }
}

/// Returns the e-mail address of a user of the demo: the first name at example.org.
pub(super) fn address(name: &str) -> String {
    let first = name.split(' ').next().unwrap_or(name);
    format!("{}@example.org", first.to_lowercase())
}
