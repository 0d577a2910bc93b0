//! Redaction: removes sensitive data that users paste into tickets and no model needs, before a text leaves the desk.
//!
//! Each scanner passes once over the text, with bounded lookbehind and lookahead. Therefore no text is slow to scan.

mod addresses;
mod keys;
mod labels;
mod numbers;
#[cfg(test)]
mod tests;

use std::ops::Range;

/// The placeholders.
const ADDRESS: &str = "[address]";
const SECRET: &str = "[secret]";
const CARD: &str = "[card]";
const ACCOUNT: &str = "[account]";
const PHONE: &str = "[phone]";

/// Redacts email addresses, passwords, keys and tokens, card and bank account numbers, and international phone
/// numbers. The text must be free of invisible characters.
pub(super) fn redact(text: &str) -> String {
    // The longest matches, which contain the others, come first.
    let text = keys::redact_private_keys(text);
    let text = labels::redact_labeled_values(&text);
    let text = addresses::redact_user_info(&text);
    let text = keys::redact_keys(&text);
    let text = addresses::redact_addresses(&text);
    numbers::redact_numbers(&text)
}

/// Replaces parts of a text by placeholders. The parts must be in order; a part that overlaps the previous one is
/// ignored.
fn replace_parts(text: &str, parts: &[(Range<usize>, &str)]) -> String {
    let mut replaced = String::with_capacity(text.len());
    let mut copied_to = 0;
    for (part, placeholder) in parts {
        if part.start < copied_to {
            continue;
        }
        replaced.push_str(&text[copied_to..part.start]);
        replaced.push_str(placeholder);
        copied_to = part.end;
    }
    replaced.push_str(&text[copied_to..]);
    replaced
}

/// Returns whether no alphanumeric character precedes this position.
fn begins_word(text: &str, at: usize) -> bool {
    !text[..at]
        .chars()
        .next_back()
        .is_some_and(char::is_alphanumeric)
}

/// Returns the length in bytes of the characters at the beginning that `is_part` accepts.
fn run(text: &str, is_part: impl Fn(char) -> bool) -> usize {
    text.len() - text.trim_start_matches(is_part).len()
}
