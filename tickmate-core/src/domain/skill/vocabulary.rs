//! The vocabulary: the skills that a desk knows by name.

use std::collections::BTreeMap;

use super::{
    Skill,
    entry::{MAX_ROWS, SkillEntry, VocabularyError, check_rows, row_by_key},
    hierarchy,
    key::key,
};

/// The skills that a desk knows by name. Each name belongs to one skill, and no skill is more general than itself.
#[derive(Debug, Clone, Default)]
pub struct Vocabulary {
    entries: Vec<SkillEntry>,
    by_id: BTreeMap<String, usize>,
    by_key: BTreeMap<String, usize>,
    ancestors: Vec<Vec<String>>,
}

impl Vocabulary {
    /// Creates a vocabulary of these rows, at most 5,000.
    ///
    /// # Errors
    /// [`VocabularyError`] for the first invalid row: a field with an invalid value, an id or name of another row, or a parent
    /// that does not exist or leads back to the row.
    pub fn new(rows: Vec<SkillEntry>) -> Result<Self, VocabularyError> {
        Self::default().extended(rows)
    }

    /// Returns the vocabulary that ships with this library: some 540 skills with their usual names in English and German, and
    /// their more general skills.
    pub fn shipped() -> Self {
        // The file is part of the build and a test parses it, so the empty vocabulary never occurs.
        let rows: Vec<SkillEntry> =
            serde_json::from_str(include_str!("../../../data/skills.json")).unwrap_or_default();
        Self::new(rows).unwrap_or_default()
    }

    /// Adds an owner's rows to this vocabulary. A row with an existing id replaces that entry; all others are added. A name in
    /// a row is removed from the entry that had it; an entry that loses its display name gets its next alias, or else its
    /// id.
    ///
    /// # Errors
    /// [`VocabularyError`] as for [`Vocabulary::new`]; the rows are counted in `rows`.
    pub fn extended(&self, rows: Vec<SkillEntry>) -> Result<Self, VocabularyError> {
        let rows = check_rows(rows)?;
        let claims = row_by_key(&rows)?;
        let mut entries = self.entries.clone();
        let mut by_id = self.by_id.clone();
        let mut row_of: Vec<Option<usize>> = vec![None; entries.len()];
        let mut places = Vec::with_capacity(rows.len());
        for (row, entry) in rows.iter().enumerate() {
            let place = match self.by_id.get(&entry.id) {
                Some(&place) => {
                    entries[place] = entry.clone();
                    row_of[place] = Some(row);
                    place
                }
                None if entries.len() == MAX_ROWS => {
                    let message = format!("there would be more than {MAX_ROWS} skills");
                    return Err(VocabularyError::new((row, entry), "", message));
                }
                None => {
                    by_id.insert(entry.id.clone(), entries.len());
                    entries.push(entry.clone());
                    row_of.push(Some(row));
                    entries.len() - 1
                }
            };
            places.push(place);
        }
        for (entry, row) in entries.iter_mut().zip(&row_of) {
            if row.is_none() {
                remove_claimed_names(entry, &claims);
            }
        }
        let is_kept = |key: &&String, place: usize| {
            row_of[place].is_none() && !claims.contains_key(key.as_str())
        };
        let mut by_key: BTreeMap<String, usize> = self
            .by_key
            .iter()
            .filter(|(key, place)| is_kept(key, **place))
            .map(|(key, place)| (key.clone(), *place))
            .collect();
        by_key.extend(claims.into_iter().map(|(key, row)| (key, places[row])));
        let ancestors = hierarchy::ancestors(&entries, &by_id).map_err(|invalid| {
            let row = invalid.entries.iter().find_map(|place| row_of[*place]);
            let row = row.unwrap_or_default();
            VocabularyError {
                row,
                id: rows
                    .get(row)
                    .map(|entry| entry.id.clone())
                    .unwrap_or_default(),
                field: invalid.field,
                message: invalid.message,
            }
        })?;
        Ok(Self {
            entries,
            by_id,
            by_key,
            ancestors,
        })
    }

    /// Returns the entry with this id.
    pub fn entry(&self, id: &str) -> Option<&SkillEntry> {
        self.place_of(id).map(|place| &self.entries[place])
    }

    /// Returns the skill whose id, name or alias has this [`key`].
    pub fn find_key(&self, key: &str) -> Option<Skill> {
        self.by_key
            .get(key)
            .map(|place| Skill::known(&self.entries[*place]))
    }

    /// Returns every entry in the original order.
    pub fn entries(&self) -> &[SkillEntry] {
        &self.entries
    }

    /// Returns the indexes of the entries by the keys of their ids, names and aliases.
    pub(in crate::domain) const fn keys(&self) -> &BTreeMap<String, usize> {
        &self.by_key
    }

    pub(super) fn place_of(&self, id: &str) -> Option<usize> {
        self.by_id.get(id).copied()
    }

    pub(super) fn ancestors_at(&self, place: usize) -> &[String] {
        &self.ancestors[place]
    }
}

/// Removes the names that other rows claim from an entry.
fn remove_claimed_names(entry: &mut SkillEntry, claims: &BTreeMap<String, usize>) {
    let is_claimed = |name: &str| claims.contains_key(&key(name));
    entry.aliases.retain(|alias| !is_claimed(alias));
    if is_claimed(&entry.name) {
        if !entry.aliases.is_empty() {
            entry.name = entry.aliases.remove(0);
        } else if !is_claimed(&entry.id) {
            entry.name.clone_from(&entry.id);
        }
    }
}
