//! Predictions: an analyzer's guesses for a ticket's text.

use crate::domain::field::{FIELDS, Field};

/// The least probability of a further label that counts as likely.
const LIKELY: f64 = 0.15;

/// An analyzer's guesses for a text: the best one for each field that has values.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Prediction {
    pub(super) guesses: [Option<Guess>; FIELDS],
}

/// The best guess for one field.
#[derive(Debug, Clone, PartialEq)]
pub struct Guess {
    /// The likeliest label, spelled as in the options, else as it was first learned.
    pub label: String,
    /// How likely it is right, from 0 to 1.
    pub confidence: f64,
    /// Whether it is too doubtful to act on.
    pub abstains: bool,
    /// The likeliest labels with their probabilities, best first, the best guess among them; at most eight.
    pub ranked: Vec<(String, f64)>,
}

/// A settled ticket that resembles a text.
#[derive(Debug, Clone, PartialEq)]
pub struct Neighbor {
    /// The ticket's id, as it was learned; of an id of more than 128 bytes its SHA-256.
    pub id: String,
    /// How much it resembles the text, from 0 to 1, which is the same text.
    pub likeness: f64,
}

/// How likely a guess must be right, from 0 to 1, not to be an abstention.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Thresholds {
    least: [f64; FIELDS],
}

impl Default for Thresholds {
    /// A guess that is likelier wrong than right is an abstention.
    fn default() -> Self {
        Self {
            least: [0.5; FIELDS],
        }
    }
}

impl Thresholds {
    /// The threshold of a field.
    pub const fn of(&self, field: Field) -> f64 {
        self.least[field.index()]
    }

    /// The same with another threshold for one field.
    #[must_use]
    pub const fn with(mut self, field: Field, least: f64) -> Self {
        self.least[field.index()] = least;
        self
    }
}

impl Prediction {
    /// The guess for a field; none where the field has no values.
    pub const fn guess(&self, field: Field) -> Option<&Guess> {
        self.guesses[field.index()].as_ref()
    }

    /// The best guess for a field and the others that are likely too, best first: for a field of which a ticket may have
    /// several values.
    pub fn likely(&self, field: Field) -> Vec<&str> {
        let ranked = self.guess(field).map_or(&[][..], |guess| &guess.ranked);
        let places = ranked.iter().enumerate();
        places
            .filter(|(place, (_, share))| *place == 0 || *share >= LIKELY)
            .map(|(_, (label, _))| label.as_str())
            .collect()
    }
}
