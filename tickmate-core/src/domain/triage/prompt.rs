//! The question that a model is asked about a ticket.

use serde_json::Value;

/// A question whose answer is JSON of a schema.
#[derive(Debug, Clone, PartialEq)]
pub struct Prompt {
    /// What the model is to do.
    pub system: String,
    /// The ticket, fenced.
    pub user: String,
    /// The JSON Schema of the answer.
    pub schema: Value,
    /// The most tokens of the answer.
    pub max_output_tokens: u32,
}
