//! Labels: the words that were learned for the fields, each with a column of its own.

use std::collections::HashMap;

use super::MAX_LABELS;
use crate::domain::{field::Field, skill::key};

/// The labels that were learned, in the order of their columns.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Labels {
    list: Vec<Label>,
    places: HashMap<(Field, String), usize>,
}

/// One label.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Label {
    pub(super) field: Field,
    /// As it was spelled when it was first learned.
    pub(super) name: String,
    /// How many texts it was learned for.
    pub(super) count: u32,
}

/// What two spellings of one label have in common.
pub(super) fn folded(name: &str) -> String {
    match key(name) {
        key if key.is_empty() => name.trim().to_lowercase(),
        key => key,
    }
}

impl Labels {
    pub(super) fn list(&self) -> &[Label] {
        &self.list
    }

    pub(super) fn find(&self, field: Field, name: &str) -> Option<usize> {
        self.places.get(&(field, folded(name))).copied()
    }

    /// The column of a label, made where there is none; none where the field has too many labels.
    pub(super) fn add(&mut self, field: Field, name: &str, count: u32) -> Option<usize> {
        let key = (field, folded(name));
        if let Some(place) = self.places.get(&key) {
            if let Some(label) = self.list.get_mut(*place) {
                label.count = label.count.saturating_add(count);
            }
            return Some(*place);
        }
        let taken = self.list.iter().filter(|label| label.field == field);
        if taken.count() >= MAX_LABELS {
            return None;
        }
        self.list.push(Label {
            field,
            name: name.to_owned(),
            count,
        });
        self.places.insert(key, self.list.len() - 1);
        Some(self.list.len() - 1)
    }

    /// How many texts have a label of this field.
    pub(super) fn count(&self, field: Field) -> u32 {
        let of_it = self.list.iter().filter(|label| label.field == field);
        of_it.fold(0, |sum, label| sum.saturating_add(label.count))
    }
}
