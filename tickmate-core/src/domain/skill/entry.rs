//! Entries: the rows of a vocabulary, and the checks of each row.

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
    /// The canonical id: 1 to 60 lower-case letters, digits and hyphens. It is also a name of the skill.
    pub id: String,
    /// The display name: 1 to 60 characters on one line.
    pub name: String,
    /// Other names for it, at most 50, with the same rules as the display name.
    #[serde(default)]
    pub aliases: Vec<String>,
    /// The ids of the next more general skills, at most 20: a user with this skill can do their tickets.
    #[serde(default)]
    pub parents: Vec<String>,
}

/// The first fault of a list of rows.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}: {message}", self.path())]
pub struct VocabularyError {
    /// The index of the row, from 0.
    pub row: usize,
    /// The id in that row.
    pub id: String,
    /// The field, for example `aliases[1]` for the second alias; empty if the fault is in the row as a whole.
    pub field: String,
    /// The fault, as a message for the author of the row.
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

    /// Returns the place of the fault in the list of rows: `skills[3].aliases[1]`.
    pub fn path(&self) -> String {
        match self.field.as_str() {
            "" => format!("skills[{}]", self.row),
            field => format!("skills[{}].{field}", self.row),
        }
    }
}

impl SkillEntry {
    /// Returns id, display name and aliases, each with the path of its field.
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

/// Checks each row for itself, and trims the names.
pub(super) fn check_rows(mut rows: Vec<SkillEntry>) -> Result<Vec<SkillEntry>, VocabularyError> {
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
        let mut names = Vec::with_capacity(entry.aliases.len() + 1);
        for (field, name) in entry.names().skip(1) {
            match SKILL.check(&field, name) {
                Ok(name) if !key(&name).is_empty() => names.push(name),
                Ok(_) => return error(entry, &field, "must hold a letter or a digit"),
                Err(error_of_name) => return error(entry, &field, &error_of_name.message),
            }
        }
        entry.aliases = names.split_off(1);
        entry.name = names.remove(0);
    }
    Ok(rows)
}

/// Returns the row of each name, by the key of the name.
pub(super) fn row_by_key(rows: &[SkillEntry]) -> Result<BTreeMap<String, usize>, VocabularyError> {
    let mut ids = BTreeMap::new();
    let mut row_by_key = BTreeMap::new();
    for (row, entry) in rows.iter().enumerate() {
        if let Some(other) = ids.insert(entry.id.as_str(), row) {
            let message = format!("is the id of skills[{other}] too");
            return Err(VocabularyError::new((row, entry), "id", message));
        }
        for (field, name) in entry.names() {
            match row_by_key.entry(key(name)) {
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
    Ok(row_by_key)
}
