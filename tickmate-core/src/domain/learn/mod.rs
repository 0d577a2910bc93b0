//! Learning: predicts the fields of a ticket from its text, reasonably before the first ticket and better with each
//! settled one.
//!
//! Three sources of evidence are pooled: the [`Dictionary`] with the desk's
//! [`Options`](crate::domain::options::Options), the settled tickets that resemble the text, and linear weights over
//! hashed words and parts of words. The weights of the sources are learned, too, from texts that were predicted
//! before they were learned. Therefore a confidence of 0.7 is right seven times in ten.
//!
//! [`Analyzer::learn`] learns one settled ticket, which takes effect at once. [`Analyzer::train`] builds the model
//! from many tickets, which is more accurate than learning them one by one; [`Analyzer::wants_training`] says when a
//! training is worth its cost. No code here reads a clock or random numbers: the same tickets in the same order give
//! the same state, byte for byte.

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

/// The maximum number of learned labels per field; further ones are ignored.
pub const MAX_LABELS: usize = 200;
/// The maximum length of a learned label, in characters.
pub const MAX_LABEL: usize = 200;
/// The maximum number of settled tickets that are compared with a text: the most recent ones.
pub const MAX_NEIGHBORS: usize = 6_000;
/// The maximum number of tickets of one training: the most recent ones.
pub const MAX_TRAINING: usize = 20_000;
/// The maximum length of an id that is stored unchanged, in bytes.
pub const MAX_ID: usize = 128;
