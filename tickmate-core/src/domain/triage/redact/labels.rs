//! Values after a label such as `password:` or `token=`.

use super::{SECRET, replace_parts, run};

/// The maximum distance of a label from its separator, and the maximum length of a quoted value, in characters.
const MAX_LABEL: usize = 48;
const MAX_VALUE: usize = 512;
/// The minimum and maximum length of a secret that is recognized only by its form, in characters.
const MIN_SECRET: usize = 4;
const MAX_SECRET: usize = 64;

/// Labels whose value is a secret, without spaces and punctuation. A name matches if it ends with one.
const SECRET_LABELS: &[&str] = &[
    "password",
    "passwort",
    "passwd",
    "passphrase",
    "passcode",
    "kennwort",
    "pwd",
    "motdepasse",
    "contraseña",
    "wachtwoord",
    "senha",
    "secret",
    "token",
    "apikey",
    "apischlüssel",
    "accesskey",
    "accountkey",
    "encryptionkey",
    "privatekey",
    "recoverykey",
    "secretkey",
    "sharedkey",
    "signingkey",
    "wiederherstellungsschlüssel",
];
/// Whole words whose value is a secret if it looks like one, and those whose value may also be a short number.
const STRICT_LABELS: [&str; 2] = ["pass", "pw"];
const NUMBER_LABELS: [&str; 2] = ["pin", "puk"];
/// Headers whose line is a secret if it begins with a scheme or contains a pair.
const HEADERS: [&str; 3] = ["authorization", "cookie", "set-cookie"];
const SCHEMES: [&str; 6] = [
    "apikey ",
    "basic ",
    "bearer ",
    "digest ",
    "negotiate ",
    "token ",
];

/// Values that describe the state of a secret.
const STATES: &[&str] = &[
    "abgelaufen",
    "empty",
    "expired",
    "falsch",
    "false",
    "gesperrt",
    "incorrect",
    "invalid",
    "locked",
    "mismatch",
    "missing",
    "nein",
    "nil",
    "no",
    "none",
    "not",
    "null",
    "rejected",
    "required",
    "reset",
    "true",
    "undefined",
    "ungültig",
    "unknown",
    "vergessen",
    "wrong",
    "yes",
];

/// The words between a label and its value if there is no separator.
const VERBS: [&str; 4] = [" is ", " ist ", " lautet ", " was "];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Label {
    /// Any value is a secret.
    Any,
    /// A value is a secret if it looks like one.
    Strict,
    /// Like `Strict`, but a short number is a secret, too.
    Number,
    /// The rest of the line is a secret.
    Line,
}

pub(super) fn redact_labeled_values(text: &str) -> String {
    let mut parts = Vec::new();
    let mut scanned_to = 0;
    for (at, sign) in text.char_indices() {
        if at < scanned_to {
            continue;
        }
        // The first of several separators has covered the others.
        let is_repeated = text[..at].ends_with([':', '=', '：', '＝']);
        let secret = match sign {
            _ if is_repeated => None,
            ':' | '=' | '>' | '：' | '＝' => {
                let after = at + sign.len_utf8();
                label(&text[scanned_to..at], sign)
                    .and_then(|label| value(&text[after..], label))
                    .map(|(gap, length)| (after + gap, length))
            }
            ' ' => value_in_sentence(text, scanned_to, at),
            _ => None,
        };
        if let Some((start, length)) = secret {
            scanned_to = start + length;
            parts.push((start..scanned_to, SECRET));
        }
    }
    replace_parts(text, &parts)
}

/// Returns the label at the end of a text.
fn label(before: &str, sign: char) -> Option<Label> {
    let start = before
        .char_indices()
        .rev()
        .take(MAX_LABEL)
        .take_while(|(_, c)| *c != '\n')
        .last()
        .map_or(before.len(), |(start, _)| start);
    let mut name = before[start..].trim_end_matches([' ', '"', '\'', '*', '`', '=', ':']);
    if sign == '>' {
        // An arrow, or the end of an opening tag.
        let element = name.rfind('<').map(|open| &name[open + 1..]);
        name = match before.ends_with(['=', '-']) {
            true => name
                .trim_end_matches('-')
                .trim_end_matches([' ', '"', '\'']),
            false => element?,
        };
    }
    if let Some(open) = name.strip_suffix(')').and_then(|inner| inner.rfind('(')) {
        name = name[..open].trim_end();
    }
    let word_start = name
        .rfind(|c: char| !(c.is_alphanumeric() || c == '-'))
        .map_or(0, |gap| {
            gap + name[gap..].chars().next().map_or(0, char::len_utf8)
        });
    let word = name[word_start..].to_lowercase();
    if HEADERS.contains(&word.as_str()) {
        return Some(Label::Line);
    }
    if STRICT_LABELS.contains(&word.as_str()) {
        return Some(Label::Strict);
    }
    if NUMBER_LABELS.contains(&word.as_str()) {
        return Some(Label::Number);
    }
    let normalized: String = name
        .chars()
        .filter(|c| !matches!(c, ' ' | '_' | '-' | '.'))
        .flat_map(char::to_lowercase)
        .collect();
    let is_secret = SECRET_LABELS
        .iter()
        .any(|label| normalized.ends_with(label));
    (is_secret && !normalized.ends_with("unexpectedtoken")).then_some(Label::Any)
}

/// Returns the offset and the length of the value at the beginning of a text.
fn value(after: &str, label: Label) -> Option<(usize, usize)> {
    let mut gap = run(after, |c| matches!(c, ' ' | ':' | '=' | '>' | '*'));
    let is_next_line = after[gap..].starts_with('\n');
    if is_next_line {
        gap += 1 + run(&after[gap + 1..], |c| c == ' ');
    }
    let rest = &after[gap..];
    if label == Label::Line {
        let line = length_until(rest, MAX_VALUE, |c| c == '\n');
        let lower = rest[..line].to_lowercase();
        let is_scheme = SCHEMES.iter().any(|scheme| lower.starts_with(scheme));
        return (!is_next_line && (is_scheme || lower.contains('='))).then_some((gap, line));
    }
    if let Some(quote) = rest
        .chars()
        .next()
        .filter(|c| matches!(c, '"' | '\'' | '`'))
    {
        let inner = &rest[1..];
        let end = inner
            .char_indices()
            .take(MAX_VALUE)
            .take_while(|(_, c)| *c != '\n')
            .find(|(at, c)| *c == quote && !inner[..*at].ends_with('\\'));
        if let Some((end, _)) = end {
            return is_secret(&inner[..end], label).then_some((gap + 1, end));
        }
    }
    let ends = |c: char| c.is_whitespace() || c == '<';
    let length = match label {
        Label::Any => run(rest, |c| !ends(c)),
        _ => length_until(rest, MAX_SECRET, ends),
    };
    let word = rest[..length].trim_end_matches([',', ';', '"', '\'', ')', '}', '.']);
    if is_next_line {
        // A form: the value is alone on the line below its label.
        let is_alone = rest[length..].starts_with('\n') || rest.len() == length;
        return (is_alone && looks_secret(word)).then_some((gap, word.len()));
    }
    // If another label follows, the value belongs to that one.
    let is_label = word.ends_with([':', '=']) && word.len() <= MAX_LABEL;
    // Punctuation at the end may be part of a password.
    let length = match word.is_empty() {
        true => 0,
        false => length,
    };
    (!is_label && is_secret(word, label)).then_some((gap, length))
}

/// Returns the length in bytes of the text before an end, limited to `max` characters.
fn length_until(text: &str, max: usize, is_end: impl Fn(char) -> bool) -> usize {
    let mut places = text.char_indices().enumerate();
    places
        .find(|(count, (_, c))| *count == max || is_end(*c))
        .map_or(text.len(), |(_, (end, _))| end)
}

fn is_secret(value: &str, label: Label) -> bool {
    let is_placeholder = value == SECRET;
    let is_state = STATES.contains(&value.to_lowercase().as_str());
    !(value.is_empty() || is_placeholder || is_state)
        && match label {
            Label::Any => true,
            Label::Number => is_pin(value) || looks_secret(value),
            Label::Strict | Label::Line => looks_secret(value),
        }
}

fn is_pin(value: &str) -> bool {
    (MIN_SECRET..=8).contains(&value.len()) && value.bytes().all(|b| b.is_ascii_digit())
}

/// Returns whether letters are mixed with digits or signs in a way that is unusual for words and numbers.
fn looks_secret(word: &str) -> bool {
    let has_letter = word.chars().any(char::is_alphabetic);
    let has_other = word
        .chars()
        .any(|c| c.is_ascii_digit() || "!@#$%^&*_+=?".contains(c));
    has_letter && has_other && word.chars().nth(MIN_SECRET - 1).is_some()
}

/// Returns the offset and the length of a value in a sentence, as in `the password is x1y2`, if it looks like a
/// secret.
fn value_in_sentence(text: &str, from: usize, at: usize) -> Option<(usize, usize)> {
    let verb = VERBS.iter().find(|verb| text[at..].starts_with(**verb))?;
    if label(&text[from..at], ':') != Some(Label::Any) {
        return None;
    }
    let start = at + verb.len();
    let rest = &text[start..];
    let length = run(rest, |c| !c.is_whitespace());
    let word = rest[..length].trim_end_matches(['.', ',', ';', '!', '?', ')', '"', '\'', '”']);
    let unquoted = word.trim_start_matches(['"', '\'', '(', '“', '„']);
    looks_secret(unquoted).then_some((start + word.len() - unquoted.len(), unquoted.len()))
}
