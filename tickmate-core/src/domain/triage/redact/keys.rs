//! Keys and tokens that are recognized by their form.

use super::{SECRET, replace_parts, run};

/// The prefixes of keys, with the minimum number of characters after them.
const PREFIXES: &[(&str, usize)] = &[
    ("AIza", 30),
    ("AGE-SECRET-KEY-", 20),
    ("dop_v1_", 20),
    ("ghp_", 20),
    ("gho_", 20),
    ("ghr_", 20),
    ("ghs_", 20),
    ("ghu_", 20),
    ("github_pat_", 20),
    ("glpat-", 16),
    ("gsk_", 20),
    ("hf_", 20),
    ("npm_", 30),
    ("pk_live_", 10),
    ("pypi-", 30),
    ("rk_live_", 10),
    ("rk_test_", 10),
    ("shpat_", 20),
    ("signkey-", 16),
    ("sk-", 20),
    ("sk_live_", 10),
    ("sk_test_", 10),
    ("whsec_", 10),
    ("xapp-", 16),
    ("xkeysib-", 20),
    ("xoxa-", 10),
    ("xoxb-", 10),
    ("xoxe-", 10),
    ("xoxo-", 10),
    ("xoxp-", 10),
    ("xoxr-", 10),
    ("xoxs-", 10),
    ("ya29.", 20),
];

/// The prefixes of AWS key ids; 16 capitals and digits follow.
const AWS_PREFIXES: [&str; 4] = ["AKIA", "ASIA", "ABIA", "ACCA"];
const AWS_KEY_LENGTH: usize = 16;

/// The minimum length of a token after `Bearer`.
const MIN_BEARER: usize = 16;
/// The minimum length of the first part of a JSON web token.
const MIN_TOKEN_HEADER: usize = 8;
/// The maximum number of parts of a signed or encrypted web token.
const TOKEN_PARTS: usize = 5;
/// The minimum length of a line of a key whose end is missing.
const MIN_KEY_LINE: usize = 16;

pub(super) fn redact_keys(text: &str) -> String {
    let mut parts = Vec::new();
    let mut after = 0;
    let mut at_start = true;
    let mut word = Word::default();
    for (at, c) in text.char_indices() {
        let is_start = at_start && c.is_ascii_alphabetic();
        at_start = !c.is_alphanumeric();
        if !is_start || at < after {
            continue;
        }
        if at >= word.end {
            word = Word::at(text, at);
        }
        let rest = &text[at..];
        let length = prefixed_key(rest, at, word)
            .or_else(|| aws_key_id(rest))
            .or_else(|| web_token(rest, word.end - at));
        if let Some(length) = length {
            after = at + length;
            parts.push((at..after, SECRET));
        } else if let Some((gap, length)) = bearer_token(rest) {
            after = at + gap + length;
            parts.push((at + gap..after, SECRET));
        }
    }
    replace_parts(text, &parts)
}

/// The word that is searched for keys: its end, and the position after its last digit. Computed once for all possible
/// starts of keys in the word.
#[derive(Clone, Copy, Default)]
struct Word {
    end: usize,
    digits_end: usize,
}

impl Word {
    fn at(text: &str, at: usize) -> Self {
        let end = at + run(&text[at..], is_token);
        let digit = text[at..end].rfind(|c: char| c.is_ascii_digit());
        Self {
            end,
            digits_end: digit.map_or(0, |digit| at + digit + 1),
        }
    }
}

const fn is_token(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '_')
}

fn prefixed_key(rest: &str, at: usize, word: Word) -> Option<usize> {
    let (prefix, least) = PREFIXES
        .iter()
        .find(|(prefix, _)| rest.starts_with(prefix))?;
    let start = at + prefix.len();
    // After a prefix with a final dot, the key extends beyond the word.
    let (length, has_digit) = match prefix.ends_with('.') {
        true => (run(&rest[prefix.len()..], is_token), true),
        false => (word.end - start, word.digits_end > start),
    };
    (length >= *least && has_digit).then_some(prefix.len() + length)
}

fn aws_key_id(rest: &str) -> Option<usize> {
    let prefix = AWS_PREFIXES
        .iter()
        .find(|prefix| rest.starts_with(**prefix))?;
    let key = &rest[prefix.len()..];
    let length = run(key, |c| c.is_ascii_uppercase() || c.is_ascii_digit());
    let is_end = !key[length..].starts_with(char::is_alphanumeric);
    (length >= AWS_KEY_LENGTH && is_end).then_some(prefix.len() + length)
}

/// Returns the length of a JSON web token: `eyJ` up to the end of its word, and at least one more part after a dot.
fn web_token(rest: &str, word: usize) -> Option<usize> {
    if !rest.starts_with("eyJ") || word < MIN_TOKEN_HEADER {
        return None;
    }
    let mut length = word;
    let mut parts = 1;
    while parts < TOKEN_PARTS && rest[length..].starts_with('.') {
        let part = run(&rest[length + 1..], is_token);
        // The third part of a token without a signature is empty, but so is the text after a full stop.
        if part == 0 && !rest[length + 1..].starts_with('.') {
            break;
        }
        length += 1 + part;
        parts += 1;
    }
    (parts > 1).then_some(length)
}

/// Returns the offset and the length of the token after `Bearer`.
fn bearer_token(rest: &str) -> Option<(usize, usize)> {
    let word = rest.get(..7)?;
    if !word.eq_ignore_ascii_case("bearer ") {
        return None;
    }
    let token = &rest[7..];
    let length = run(token, |c| is_token(c) || "._~+/=".contains(c));
    let has_digit = token[..length].bytes().any(|b| b.is_ascii_digit());
    (length >= MIN_BEARER && has_digit).then_some((7, length))
}
/// The words that may occur between the first line of a key and its body.
const HEADINGS: [&str; 5] = ["Proc-Type:", "4,ENCRYPTED", "DEK-Info:", "AES-", "DES-"];

const BEGIN: &str = "-----BEGIN ";
const END: &str = "-----END ";
const DASHES: &str = "-----";
/// The maximum number of characters between the dashes of the first line of a key.
const MAX_KIND: usize = 64;

/// Redacts private keys in PEM format and PGP blocks.
pub(super) fn redact_private_keys(text: &str) -> String {
    let mut parts = Vec::new();
    let mut scanned_to = 0;
    let mut last_end = text.rfind(END);
    for (at, begin) in text.match_indices(BEGIN) {
        if at < scanned_to {
            continue;
        }
        let Some(body) = private_key_body(&text[at + begin.len()..]) else {
            continue;
        };
        let body = at + begin.len() + body;
        last_end = last_end.filter(|end| *end >= body);
        scanned_to = match last_end.and_then(|_| text[body..].find(END)) {
            Some(end) => {
                let end = body + end + END.len();
                let line = text[end..].find('\n').unwrap_or(text.len() - end);
                match text[end..end + line].find(DASHES) {
                    Some(dashes) => end + dashes + DASHES.len(),
                    None => end + line,
                }
            }
            None => body + truncated_key_length(&text[body..]),
        };
        parts.push((at..scanned_to, SECRET));
    }
    replace_parts(text, &parts)
}

/// Returns the start of the body of a private key.
fn private_key_body(rest: &str) -> Option<usize> {
    let end = rest
        .char_indices()
        .nth(MAX_KIND)
        .map_or(rest.len(), |(end, _)| end);
    let kind = rest[..end].find(DASHES)?;
    rest[..kind]
        .contains("PRIVATE KEY")
        .then_some(kind + DASHES.len())
}

/// Returns the length of the rest of a key whose last line is missing.
fn truncated_key_length(rest: &str) -> usize {
    let mut length = 0;
    for piece in rest.split_inclusive(|c: char| c.is_whitespace()) {
        let word = piece.trim();
        let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '=' | '\\');
        let is_line = word.len() >= MIN_KEY_LINE && word.chars().all(is_part);
        let is_heading = HEADINGS.iter().any(|heading| word.starts_with(heading));
        if !(word.is_empty() || is_line || is_heading) {
            break;
        }
        length += piece.len();
    }
    rest[..length].trim_end().len()
}
