//! Examples: tickets as they were settled.

use crate::domain::field::{FIELDS, Field};

/// A ticket with the values that staff settled: what its text means from here on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Example<'a> {
    /// What it is known by; of two with one id the later counts. One of more than 128 bytes is known by its digest.
    pub id: &'a str,
    /// What it is about; may be empty.
    pub title: &'a str,
    /// What is wrong.
    pub description: &'a str,
    /// The label of each field in the order of [`Field::ALL`]; none where nothing was settled.
    pub labels: [Option<&'a str>; FIELDS],
}

impl<'a> Example<'a> {
    /// The label of a field, trimmed; none for one that is blank or has more than 200 characters.
    pub fn label(&self, field: Field) -> Option<&'a str> {
        let label = self.labels[field.index()]?.trim();
        let fits = !label.is_empty() && label.chars().nth(super::MAX_LABEL).is_none();
        fits.then_some(label)
    }
}
