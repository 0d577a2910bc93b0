//! The question that a model is asked about a ticket, with the ticket's text fenced.

mod schema;
#[cfg(test)]
mod tests;
mod ticket;
mod words;

use serde_json::Value;

pub use self::ticket::TicketText;
use super::{extra::ExtraField, plain::clean};
use crate::domain::{digest::sha256_hex, options::Options, skill::Skill, text::one_line};

/// What a reading chooses from, and what the host adds to the question.
#[derive(Debug, Clone, Copy)]
pub struct Offer<'a> {
    /// The desk's lists, each option described in words: of each list the first 100 options are told, with at most 200
    /// characters of a description, and fewer of each where there are more than 40.
    pub options: &'a Options,
    /// What staff holds, each once.
    pub staff_skills: &'a [Skill],
    /// The host's own fields: the first [`ExtraField::MAX`] of them, each name once.
    pub extra: &'a [ExtraField],
    /// The host's own words.
    pub texts: &'a PromptTexts,
}

/// The host's own words in the question. What fences the ticket's text is always there, comes after them, and can't be
/// replaced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PromptTexts {
    /// What the model is: the first sentence of the question. At most 500 characters are taken.
    pub task: String,
    /// What it is to keep to beside the rules of the fields; may be empty. At most 4,000 characters are taken.
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

impl Prompt {
    /// What the question is known by without its ticket: other words or another schema, another version.
    pub fn version(&self) -> String {
        sha256_hex(format!("{}\0{}", self.system, self.schema).as_bytes())
    }
}

/// The most skills, categories, kinds or values of a field that a schema lists. Providers refuse long lists, so that of
/// more the model names one freely; what it names is checked all the same.
pub const MAX_OFFERED: usize = 64;

/// Room for the longest answer, and for models that think before they write.
const MAX_OUTPUT_TOKENS: u32 = 4_096;
/// The most characters of an option's name, which is as long as one may be.
const MAX_NAME: usize = 60;

/// The question about a ticket: the desk's part first, which is the same for every ticket, then the ticket. However
/// long the lists are, the question has less than 50,000 characters, and its schema less than 60,000. `nonce` marks the
/// fence: at least 16 random letters or digits, other ones for each question, so that no ticket can close the fence.
pub fn build_prompt(offer: &Offer<'_>, text: &TicketText, nonce: &str) -> Prompt {
    Prompt {
        system: words::instructions(offer),
        user: text.fenced(nonce),
        schema: schema::schema(offer),
        max_output_tokens: MAX_OUTPUT_TOKENS,
    }
}

/// Names as they are offered: on one line, each once, none of them empty.
fn names<'a>(names: impl IntoIterator<Item = &'a str>, most: usize, max: usize) -> Vec<String> {
    let mut offered: Vec<String> = Vec::new();
    for name in names {
        let name = one_line(&clean(name), max);
        if !name.is_empty() && !offered.contains(&name) {
            offered.push(name);
        }
        if offered.len() >= most {
            break;
        }
    }
    offered
}
