//! Learning: reads a ticket's fields from its text, sensibly before the first ticket and better with each settled one.
//!
//! Three readers are pooled: the [`Dictionary`] with the desk's [`Options`](crate::domain::options::Options), the settled tickets that resemble the text,
//! and linear weights over hashed words and parts of words. How much each counts is learned too, from texts that were
//! read before they were learned, so that a confidence of 0.7 is right seven times in ten.
//!
//! [`Analyzer::learn`] takes one settled ticket, and it counts at once. [`Analyzer::train`] builds the model from
//! many, which is better than learning them one by one; [`Analyzer::wants_training`] says when that is worth it. Nothing
//! here reads a clock or random numbers: the same tickets in the same order give the same state, byte for byte.

mod analyzer;
mod dictionary;
mod example;
mod features;
mod groups;
mod hash;
mod labels;
mod metrics;
mod model;
mod neighbors;
mod pool;
mod prediction;
mod related;
mod solver;
mod state;
mod table;
#[cfg(test)]
mod tests;
mod training;
mod words;

pub use self::{
    analyzer::Analyzer,
    dictionary::Dictionary,
    example::Example,
    groups::groups,
    metrics::{LabelOutcome, abstention, accuracy, calibration_error, covered_accuracy, macro_f1},
    model::Model,
    prediction::{Guess, Neighbor, Prediction, Thresholds},
    state::StateError,
};

/// The most labels of one field that are learned; further ones are passed over.
pub const MAX_LABELS: usize = 200;
/// The most characters of a label that is learned.
pub const MAX_LABEL: usize = 200;
/// The most settled tickets that are compared with a text: the last ones.
pub const MAX_NEIGHBORS: usize = 6_000;
/// The most tickets that one training takes: the last ones.
pub const MAX_TRAINING: usize = 20_000;
/// The most bytes of an id that is kept as it is.
pub const MAX_ID: usize = 128;
