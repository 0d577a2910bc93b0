//! A ticket's text on its way to a model.

use std::fmt;

use super::{super::redact::redacted, clean, one_line};

/// The most characters of a title and of a body that a model is given.
const MAX_TITLE: usize = 200;
const MAX_BODY: usize = 8_000;
/// How many characters of a body that is cut come from its end.
const TAIL: usize = 2_000;

/// The text of a ticket on its way to a model: clean, redacted and capped, and never seen but within the fence of a
/// prompt.
#[derive(Clone)]
pub struct TicketText {
    title: String,
    body: String,
}

impl TicketText {
    /// Takes a ticket's text: line ends as `\n`, no control, zero-width, bidi or tag characters; `[address]`,
    /// `[secret]`, `[card]`, `[account]` and `[phone]` where such a thing stood; then at most 200 characters of the
    /// title and 8,000 of the description, whose head and tail are kept.
    pub fn new(title: &str, description: &str) -> Self {
        // Redacted before it is cut: half a secret is not known for one.
        Self {
            title: one_line(&redacted(&clean(title)), MAX_TITLE),
            body: capped(redacted(&clean(description)).trim()),
        }
    }

    /// The text between two lines that carry the nonce, which stands nowhere else.
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

fn capped(body: &str) -> String {
    let length = body.chars().count();
    if length <= MAX_BODY {
        return body.to_owned();
    }
    let head: String = body.chars().take(MAX_BODY - TAIL).collect();
    let tail: String = body.chars().skip(length - TAIL).collect();
    let cut = length - MAX_BODY;
    format!("{head}\n[{cut} characters were cut here]\n{tail}")
}
