//! Predictions: an analyzer's guesses for a ticket's text.

use crate::domain::field::{FIELDS, Field};

/// The minimum probability of a further label that counts as likely.
const LIKELY: f64 = 0.15;

/// An analyzer's guesses for a text: the best guess for each field that has values.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Prediction {
    pub(super) guesses: [Option<Guess>; FIELDS],
}

/// The best guess for one field.
#[derive(Debug, Clone, PartialEq)]
pub struct Guess {
    /// The most likely label, spelled as in the options, or as it was first learned.
    pub label: String,
    /// The probability that it is right, from 0 to 1.
    pub confidence: f64,
    /// Whether the confidence is below the threshold.
    pub abstains: bool,
    /// The most likely labels with their probabilities, best first, including `label`; at most eight.
    pub ranked: Vec<(String, f64)>,
}

/// A settled ticket that resembles a text.
#[derive(Debug, Clone, PartialEq)]
pub struct Neighbor {
    /// The ticket's id, as it was learned; of an id of more than 128 bytes its SHA-256.
    pub id: String,
    /// The similarity to the text, from 0 to 1; 1 is the same text.
    pub likeness: f64,
}

/// The minimum confidence of each field, from 0 to 1; guesses below it are abstentions.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Thresholds {
    least: [f64; FIELDS],
}

impl Default for Thresholds {
    /// Returns one half for each field.
    fn default() -> Self {
        Self {
            least: [0.5; FIELDS],
        }
    }
}

impl Thresholds {
    /// Returns the threshold of a field.
    pub const fn of(&self, field: Field) -> f64 {
        self.least[field.index()]
    }

    /// Returns the thresholds with that of one field replaced.
    #[must_use]
    pub const fn with(mut self, field: Field, least: f64) -> Self {
        self.least[field.index()] = least;
        self
    }
}

impl Prediction {
    /// Returns the guess for a field; `None` if the field has no values.
    pub const fn guess(&self, field: Field) -> Option<&Guess> {
        self.guesses[field.index()].as_ref()
    }

    /// Returns the best guess for a field and the other likely labels, best first, for a field with several values
    /// per ticket.
    pub fn likely(&self, field: Field) -> Vec<&str> {
        let ranked = self.guess(field).map_or(&[][..], |guess| &guess.ranked);
        let places = ranked.iter().enumerate();
        places
            .filter(|(place, (_, share))| *place == 0 || *share >= LIKELY)
            .map(|(_, (label, _))| label.as_str())
            .collect()
    }
}
