//! Redaction: what people paste into tickets and no model needs is taken out before a text leaves the desk.
//!
//! Each scanner goes once over the text and looks only a bounded way back and ahead, so that no text is slow to read.

mod addresses;
mod keys;
mod labels;
mod numbers;
#[cfg(test)]
mod tests;

use std::ops::Range;

/// What stands where something was taken out.
const ADDRESS: &str = "[address]";
const SECRET: &str = "[secret]";
const CARD: &str = "[card]";
const ACCOUNT: &str = "[account]";
const PHONE: &str = "[phone]";

/// A text without e-mail addresses, passwords, keys and tokens, numbers of cards and bank accounts, and international
/// phone numbers. Expects a text that is clean of characters that are not seen.
pub(super) fn redacted(text: &str) -> String {
    // What is longest and holds the others goes first.
    let text = keys::without_private_keys(text);
    let text = labels::without_labelled_values(&text);
    let text = addresses::without_user_info(&text);
    let text = keys::without_keys(&text);
    let text = addresses::without_addresses(&text);
    numbers::without_numbers(&text)
}

/// A text with placeholders in place of parts of it. The parts stand in order; one that begins before the last one
/// ended is left alone.
fn replaced(text: &str, parts: &[(Range<usize>, &str)]) -> String {
    let mut replaced = String::with_capacity(text.len());
    let mut done = 0;
    for (part, placeholder) in parts {
        if part.start < done {
            continue;
        }
        replaced.push_str(&text[done..part.start]);
        replaced.push_str(placeholder);
        done = part.end;
    }
    replaced.push_str(&text[done..]);
    replaced
}

/// Whether nothing that belongs to a word stands right before this place.
fn begins_word(text: &str, at: usize) -> bool {
    !text[..at]
        .chars()
        .next_back()
        .is_some_and(char::is_alphanumeric)
}

/// How many bytes of a text's beginning are of this kind.
fn run(text: &str, is_part: impl Fn(char) -> bool) -> usize {
    text.len() - text.trim_start_matches(is_part).len()
}
