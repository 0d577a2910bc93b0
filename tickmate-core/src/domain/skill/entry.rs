//! Entries: the rows that a vocabulary is made of, and what is demanded of them.

use std::collections::{BTreeMap, btree_map::Entry};

use serde::{Deserialize, Serialize};

use super::key::key;
use crate::domain::text::SKILL;

/// The most rows of a vocabulary.
pub const MAX_ROWS: usize = 5_000;
/// The most aliases of one row.
pub const MAX_ALIASES: usize = 50;
/// The most parents of one row.
pub const MAX_PARENTS: usize = 20;
/// The most characters of an id.
const MAX_ID: usize = 60;

/// One entry of a vocabulary.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SkillEntry {
    /// The canonical id: 1 to 60 lower-case letters, digits and hyphens. A name of the skill, too.
    pub id: String,
    /// How it is shown: 1 to 60 characters on one line.
    pub name: String,
    /// Other names for it, at most 50, each of the shape of a name.
    #[serde(default)]
    pub aliases: Vec<String>,
    /// The ids of the next more general skills, at most 20: whoever has this one can do their tickets.
    #[serde(default)]
    pub parents: Vec<String>,
}

/// Why rows can't be used: the first thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}: {message}", self.path())]
pub struct VocabularyError {
    /// Which row, counted from 0.
    pub row: usize,
    /// The id in that row.
    pub id: String,
    /// Which field of it, `aliases[1]` for the second alias; empty where it is the row itself.
    pub field: String,
    /// What is wrong, in words for whoever wrote the row.
    pub message: String,
}

impl VocabularyError {
    pub(super) fn new(
        (row, entry): (usize, &SkillEntry),
        field: impl Into<String>,
        message: impl Into<String>,
    ) -> Self {
        Self {
            row,
            id: entry.id.clone(),
            field: field.into(),
            message: message.into(),
        }
    }

    /// The place in the list of rows: `skills[3].aliases[1]`.
    pub fn path(&self) -> String {
        match self.field.as_str() {
            "" => format!("skills[{}]", self.row),
            field => format!("skills[{}].{field}", self.row),
        }
    }
}

impl SkillEntry {
    /// Everything that it is called, each with the field where it stands.
    fn names(&self) -> impl Iterator<Item = (String, &String)> {
        let aliases = self.aliases.iter().enumerate();
        let aliases = aliases.map(|(index, alias)| (format!("aliases[{index}]"), alias));
        [("id".to_owned(), &self.id), ("name".to_owned(), &self.name)]
            .into_iter()
            .chain(aliases)
    }

    fn is_id(id: &str) -> bool {
        (1..=MAX_ID).contains(&id.len())
            && id
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
            && id.bytes().any(|b| b != b'-')
    }
}

/// Checks the shape of each row for itself, and trims the names.
pub(super) fn checked(mut rows: Vec<SkillEntry>) -> Result<Vec<SkillEntry>, VocabularyError> {
    if let Some(row) = rows.get(MAX_ROWS) {
        let message = format!("there are more than {MAX_ROWS} rows");
        return Err(VocabularyError::new((MAX_ROWS, row), "", message));
    }
    for (row, entry) in rows.iter_mut().enumerate() {
        let error = |entry: &SkillEntry, field: &str, message: &str| {
            Err(VocabularyError::new((row, entry), field, message))
        };
        if !SkillEntry::is_id(&entry.id) {
            let message = "must be 1 to 60 lower-case letters, digits and hyphens";
            return error(entry, "id", message);
        }
        if entry.aliases.len() > MAX_ALIASES {
            return error(entry, "aliases", &format!("must be at most {MAX_ALIASES}"));
        }
        if entry.parents.len() > MAX_PARENTS {
            return error(entry, "parents", &format!("must be at most {MAX_PARENTS}"));
        }
        let mut trimmed = Vec::with_capacity(entry.aliases.len() + 1);
        for (field, name) in entry.names().skip(1) {
            match SKILL.check(&field, name) {
                Ok(name) if !key(&name).is_empty() => trimmed.push(name),
                Ok(_) => return error(entry, &field, "must hold a letter or a digit"),
                Err(wrong) => return error(entry, &field, &wrong.message),
            }
        }
        entry.aliases = trimmed.split_off(1);
        entry.name = trimmed.remove(0);
    }
    Ok(rows)
}

/// Which row each name belongs to, by its key.
pub(super) fn claims(rows: &[SkillEntry]) -> Result<BTreeMap<String, usize>, VocabularyError> {
    let mut ids = BTreeMap::new();
    let mut claims = BTreeMap::new();
    for (row, entry) in rows.iter().enumerate() {
        if let Some(other) = ids.insert(entry.id.as_str(), row) {
            let message = format!("is the id of skills[{other}] too");
            return Err(VocabularyError::new((row, entry), "id", message));
        }
        for (field, name) in entry.names() {
            match claims.entry(key(name)) {
                Entry::Vacant(place) => {
                    place.insert(row);
                }
                Entry::Occupied(owner) if *owner.get() == row => {}
                Entry::Occupied(owner) => {
                    let owner = *owner.get();
                    let id = &rows[owner].id;
                    let message = format!("is a name of skills[{owner}] ({id}) too");
                    return Err(VocabularyError::new((row, entry), field, message));
                }
            }
        }
    }
    Ok(claims)
}
