//! The vocabulary: the skills that a desk knows by name.

use std::collections::BTreeMap;

use super::{
    Skill,
    entry::{MAX_ROWS, SkillEntry, VocabularyError, checked, claims},
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
    /// A vocabulary of these rows, at most 5,000.
    ///
    /// # Errors
    /// [`VocabularyError`] names the first row that can't be used: one of a wrong shape, an id or name that another
    /// row has, a parent that is not there or that leads back to the row.
    pub fn new(rows: Vec<SkillEntry>) -> Result<Self, VocabularyError> {
        Self::default().extended(rows)
    }

    /// The vocabulary that ships with this library: some 540 skills with what people call them in English and German,
    /// and which are more general than which.
    pub fn shipped() -> Self {
        // The file is part of the build and a test reads it, so that the empty one is never seen.
        let rows: Vec<SkillEntry> =
            serde_json::from_str(include_str!("../../../data/skills.json")).unwrap_or_default();
        Self::new(rows).unwrap_or_default()
    }

    /// This vocabulary with an owner's rows on top. A row with an id that is there replaces that entry; each other is
    /// added. A name that a row claims is taken from the entry that had it; one that loses the name it is shown by is
    /// shown by its next alias, else by its id.
    ///
    /// # Errors
    /// [`VocabularyError`] as for [`Vocabulary::new`]; the rows are counted in `rows`.
    pub fn extended(&self, rows: Vec<SkillEntry>) -> Result<Self, VocabularyError> {
        let rows = checked(rows)?;
        let claims = claims(&rows)?;
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
                give_up(entry, &claims);
            }
        }
        let kept = |key: &&String, place: usize| {
            row_of[place].is_none() && !claims.contains_key(key.as_str())
        };
        let mut by_key: BTreeMap<String, usize> = self
            .by_key
            .iter()
            .filter(|(key, place)| kept(key, **place))
            .map(|(key, place)| (key.clone(), *place))
            .collect();
        by_key.extend(claims.into_iter().map(|(key, row)| (key, places[row])));
        let ancestors = hierarchy::ancestors(&entries, &by_id).map_err(|broken| {
            let row = broken.entries.iter().find_map(|place| row_of[*place]);
            let row = row.unwrap_or_default();
            VocabularyError {
                row,
                id: rows
                    .get(row)
                    .map(|entry| entry.id.clone())
                    .unwrap_or_default(),
                field: broken.field,
                message: broken.message,
            }
        })?;
        Ok(Self {
            entries,
            by_id,
            by_key,
            ancestors,
        })
    }

    /// The entry of this id.
    pub fn entry(&self, id: &str) -> Option<&SkillEntry> {
        self.place_of(id).map(|place| &self.entries[place])
    }

    /// The skill whose id, name or alias has this [`key`].
    pub fn find_key(&self, key: &str) -> Option<Skill> {
        self.by_key
            .get(key)
            .map(|place| Skill::known(&self.entries[*place]))
    }

    /// Every entry, in the order given.
    pub fn entries(&self) -> &[SkillEntry] {
        &self.entries
    }

    /// The places of the entries by the keys of their ids, names and aliases.
    pub(in crate::domain) const fn keys(&self) -> &BTreeMap<String, usize> {
        &self.by_key
    }

    pub(super) fn place_of(&self, id: &str) -> Option<usize> {
        self.by_id.get(id).copied()
    }

    pub(super) fn closed(&self, place: usize) -> &[String] {
        &self.ancestors[place]
    }
}

/// Takes from an entry the names that others claim.
fn give_up(entry: &mut SkillEntry, claims: &BTreeMap<String, usize>) {
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
