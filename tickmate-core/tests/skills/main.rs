//! What the shipped vocabulary makes of names, which skills it holds to be more general, and what owners may add.

#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests stand outside of test functions"
)]

mod languages;
mod lookups;
mod names;
mod properties;
mod rows;
mod shipped;
mod typos;

use std::sync::LazyLock;

use tickmate_core::domain::skill::{Skill, SkillEntry, Vocabulary};

static SHIPPED: LazyLock<Vocabulary> = LazyLock::new(Vocabulary::shipped);

/// A row: id, name, aliases and parents, the last two with a comma between.
fn row(id: &str, name: &str, aliases: &str, parents: &str) -> SkillEntry {
    let list = |text: &str| match text {
        "" => Vec::new(),
        text => text.split(", ").map(str::to_owned).collect(),
    };
    SkillEntry {
        id: id.to_owned(),
        name: name.to_owned(),
        aliases: list(aliases),
        parents: list(parents),
    }
}

fn ids(skills: &[Skill]) -> Vec<&str> {
    skills.iter().map(|skill| skill.id.as_str()).collect()
}
