//! Labels: the learned values of the fields, each with its own column.

use std::collections::HashMap;

use super::MAX_LABELS;
use crate::domain::{field::Field, skill::key};

/// The learned labels, in the order of their columns.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Labels {
    list: Vec<Label>,
    places: HashMap<(Field, String), usize>,
}

/// A learned label.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Label {
    pub(super) field: Field,
    /// The spelling when it was first learned.
    pub(super) name: String,
    /// The number of texts with this label.
    pub(super) count: u32,
}

/// Returns the normalized form of a label, which is equal for all spellings of one label.
pub(super) fn normalize_label(name: &str) -> String {
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
        self.places.get(&(field, normalize_label(name))).copied()
    }

    /// Returns the column of a label, and creates it if needed; `None` if the field has too many labels.
    pub(super) fn add(&mut self, field: Field, name: &str, count: u32) -> Option<usize> {
        let key = (field, normalize_label(name));
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

    /// Returns the number of texts with a label of this field.
    pub(super) fn count(&self, field: Field) -> u32 {
        let of_field = self.list.iter().filter(|label| label.field == field);
        of_field.fold(0, |sum, label| sum.saturating_add(label.count))
    }
}
