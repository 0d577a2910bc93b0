//! Examples: settled tickets from which the analyzer learns.

use crate::domain::field::{FIELDS, Field};

/// A ticket with the values that staff settled.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Example<'a> {
    /// The ticket's id. Of two examples with the same id the later counts. An id of more than 128 bytes is replaced
    /// by its digest.
    pub id: &'a str,
    /// The title; may be empty.
    pub title: &'a str,
    /// The description.
    pub description: &'a str,
    /// The label of each field in the order of [`Field::ALL`]; `None` if none was settled.
    pub labels: [Option<&'a str>; FIELDS],
}

impl<'a> Example<'a> {
    /// Returns the label of a field, trimmed; `None` if it is blank or has more than 200 characters.
    pub fn label(&self, field: Field) -> Option<&'a str> {
        let label = self.labels[field.index()]?.trim();
        let fits = !label.is_empty() && label.chars().nth(super::MAX_LABEL).is_none();
        fits.then_some(label)
    }
}
