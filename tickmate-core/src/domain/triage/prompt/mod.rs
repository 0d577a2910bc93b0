//! The prompt for a ticket, with the ticket's text fenced.

mod schema;
#[cfg(test)]
mod tests;
mod ticket;
mod words;

use serde_json::Value;

pub use self::ticket::TicketText;
use super::{extra::ExtraField, plain::clean};
use crate::domain::{digest::sha256_hex, options::Options, skill::Skill, text::one_line};

/// The lists from which an analysis chooses, and the host's additions to the prompt.
#[derive(Debug, Clone, Copy)]
pub struct Offer<'a> {
    /// The desk's lists, with descriptions of the options. Of each list the prompt contains the first 100 options,
    /// with at most 200 characters of each description, and fewer characters if the list has more than 40 options.
    pub options: &'a Options,
    /// The skills of the staff, each once.
    pub staff_skills: &'a [Skill],
    /// The host's extra fields: the first [`ExtraField::MAX`] with distinct names.
    pub extra: &'a [ExtraField],
    /// The host's texts in the prompt.
    pub texts: &'a PromptTexts,
}

/// The host's texts in the prompt. The instructions that fence the ticket's text are always included after them and
/// can't be replaced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PromptTexts {
    /// The role of the model: the first sentence of the prompt. Truncated to 500 characters.
    pub task: String,
    /// Additional rules; may be empty. Truncated to 4,000 characters.
    pub guidance: String,
}

impl Default for PromptTexts {
    fn default() -> Self {
        Self {
            task: "You read the tickets of a support desk and describe each for the people who \
                   answer it."
                .to_owned(),
            guidance: String::new(),
        }
    }
}

/// A prompt whose answer is JSON of a schema.
#[derive(Debug, Clone, PartialEq)]
pub struct Prompt {
    /// The system message: the instructions.
    pub system: String,
    /// The user message: the fenced ticket.
    pub user: String,
    /// The JSON Schema of the answer.
    pub schema: Value,
    /// The maximum number of tokens of the answer.
    pub max_output_tokens: u32,
}

impl Prompt {
    /// Returns a digest of the prompt without the ticket; it changes with the instructions and the schema.
    pub fn version(&self) -> String {
        sha256_hex(format!("{}\0{}", self.system, self.schema).as_bytes())
    }
}

/// The maximum number of skills, categories, types or values of a field that a schema lists. Providers reject long
/// lists: beyond it the schema allows any text, and the answer is checked in the same way.
pub const MAX_OFFERED: usize = 64;

/// Enough for the longest answer, and for models that reason before they answer.
const MAX_OUTPUT_TOKENS: u32 = 4_096;
/// The maximum length of an option's name in characters, which is that of the rules.
const MAX_NAME: usize = 60;

/// Builds the prompt for a ticket: first the desk's part, which is the same for every ticket, then the ticket.
///
/// Regardless of the lengths of the lists, the prompt has fewer than 50,000 characters, and its schema fewer than
/// 60,000. `nonce` marks the fence: at least 16 random letters or digits that are different for each prompt, which
/// prevents tickets from closing the fence.
pub fn build_prompt(offer: &Offer<'_>, text: &TicketText, nonce: &str) -> Prompt {
    Prompt {
        system: words::instructions(offer),
        user: text.fenced(nonce),
        schema: schema::schema(offer),
        max_output_tokens: MAX_OUTPUT_TOKENS,
    }
}

/// Returns names for a schema: on one line, distinct, and not empty.
fn names<'a>(names: impl IntoIterator<Item = &'a str>, limit: usize, max: usize) -> Vec<String> {
    let mut offered: Vec<String> = Vec::new();
    for name in names {
        let name = one_line(&clean(name), max);
        if !name.is_empty() && !offered.contains(&name) {
            offered.push(name);
        }
        if offered.len() >= limit {
            break;
        }
    }
    offered
}
