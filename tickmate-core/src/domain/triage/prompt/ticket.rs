//! The text of a ticket for a model.

use std::fmt;

use super::{super::redact::redact, clean, one_line};

/// The maximum lengths of title and body in a prompt, in characters.
const MAX_TITLE: usize = 200;
const MAX_BODY: usize = 8_000;
/// The number of characters of a truncated body that come from its end.
const TAIL: usize = 2_000;

/// The text of a ticket for a model: cleaned, redacted and truncated. It is accessible only as part of a prompt.
#[derive(Clone)]
pub struct TicketText {
    title: String,
    body: String,
}

impl TicketText {
    /// Prepares the text of a ticket.
    ///
    /// Line ends become `\n`; control, zero-width, bidirectional and tag characters are removed; sensitive data is
    /// replaced by `[address]`, `[secret]`, `[card]`, `[account]` and `[phone]`. Then the title is truncated to 200
    /// characters and the description to 8,000, of which head and tail remain.
    pub fn new(title: &str, description: &str) -> Self {
        // Redacted before it is truncated: half of a secret would not be recognized.
        Self {
            title: one_line(&redact(&clean(title)), MAX_TITLE),
            body: truncate_middle(redact(&clean(description)).trim()),
        }
    }

    /// Returns the text between two lines with the nonce, which occurs nowhere else in it.
    pub(super) fn fenced(&self, nonce: &str) -> String {
        let without_nonce = |text: &str| match nonce.is_empty() {
            true => text.to_owned(),
            false => text.replace(nonce, " "),
        };
        format!(
            "-----BEGIN TICKET {nonce}-----\nTitle: {}\nDescription:\n{}\n-----END TICKET {nonce}-----",
            without_nonce(&self.title),
            without_nonce(&self.body),
        )
    }
}

impl fmt::Debug for TicketText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TicketText").finish_non_exhaustive()
    }
}

fn truncate_middle(body: &str) -> String {
    let length = body.chars().count();
    if length <= MAX_BODY {
        return body.to_owned();
    }
    let head: String = body.chars().take(MAX_BODY - TAIL).collect();
    let tail: String = body.chars().skip(length - TAIL).collect();
    let cut = length - MAX_BODY;
    format!("{head}\n[{cut} characters were cut here]\n{tail}")
}
