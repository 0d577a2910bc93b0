//! Values that stand behind a name such as `password:` or `token=`.

use super::{SECRET, replaced, run};

/// How far a label is looked for before its sign, and how long a value in quotes may be, in characters.
const MAX_LABEL: usize = 48;
const MAX_VALUE: usize = 512;
/// The fewest and the most characters of a secret that nothing but its form gives away.
const MIN_STRICT: usize = 4;
const MAX_STRICT: usize = 64;

/// What a name ends with, without its gaps and signs, if its value is a secret.
const LABELS: &[&str] = &[
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
/// What a whole word is if its value is a secret where it looks like one, or where it is a short number.
const SHORT: [&str; 2] = ["pass", "pw"];
const NUMBERS: [&str; 2] = ["pin", "puk"];
/// What a whole word is if the rest of its line is a secret, where it begins with a scheme or holds a pair.
const HEADERS: [&str; 3] = ["authorization", "cookie", "set-cookie"];
const SCHEMES: [&str; 6] = [
    "apikey ",
    "basic ",
    "bearer ",
    "digest ",
    "negotiate ",
    "token ",
];

/// What says how a secret is, and is none.
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

/// The words that stand between a label and its value where no sign does.
const VERBS: [&str; 4] = [" is ", " ist ", " lautet ", " was "];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Label {
    /// Any value is a secret.
    Any,
    /// A value that looks like a secret is one.
    Strict,
    /// The same, and a short number is one.
    Number,
    /// The rest of the line is secret.
    Line,
}

pub(super) fn without_labelled_values(text: &str) -> String {
    let mut parts = Vec::new();
    let mut done = 0;
    for (at, sign) in text.char_indices() {
        if at < done {
            continue;
        }
        // The first of several signs has looked behind them all.
        let is_repeated = text[..at].ends_with([':', '=', '：', '＝']);
        let found = match sign {
            _ if is_repeated => None,
            ':' | '=' | '>' | '：' | '＝' => {
                let after = at + sign.len_utf8();
                label(&text[done..at], sign)
                    .and_then(|label| value(&text[after..], label))
                    .map(|(gap, length)| (after + gap, length))
            }
            ' ' => told(text, done, at),
            _ => None,
        };
        if let Some((start, length)) = found {
            done = start + length;
            parts.push((start..done, SECRET));
        }
    }
    replaced(text, &parts)
}

/// What the label is that a text ends with.
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
        // An arrow, or the end of an element's beginning.
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
    if SHORT.contains(&word.as_str()) {
        return Some(Label::Strict);
    }
    if NUMBERS.contains(&word.as_str()) {
        return Some(Label::Number);
    }
    let squeezed: String = name
        .chars()
        .filter(|c| !matches!(c, ' ' | '_' | '-' | '.'))
        .flat_map(char::to_lowercase)
        .collect();
    let is_secret = LABELS.iter().any(|label| squeezed.ends_with(label));
    (is_secret && !squeezed.ends_with("unexpectedtoken")).then_some(Label::Any)
}

/// How far off the value is that a text begins with, and how long.
fn value(after: &str, label: Label) -> Option<(usize, usize)> {
    let mut gap = run(after, |c| matches!(c, ' ' | ':' | '=' | '>' | '*'));
    let is_next_line = after[gap..].starts_with('\n');
    if is_next_line {
        gap += 1 + run(&after[gap + 1..], |c| c == ' ');
    }
    let rest = &after[gap..];
    if label == Label::Line {
        let line = capped(rest, MAX_VALUE, |c| c == '\n');
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
        _ => capped(rest, MAX_STRICT, ends),
    };
    let word = rest[..length].trim_end_matches([',', ';', '"', '\'', ')', '}', '.']);
    if is_next_line {
        // A form: the value alone on the line below its label.
        let is_alone = rest[length..].starts_with('\n') || rest.len() == length;
        return (is_alone && looks_secret(word)).then_some((gap, word.len()));
    }
    // One label right behind another has the value.
    let is_label = word.ends_with([':', '=']) && word.len() <= MAX_LABEL;
    // What looks like the end of a sentence may as well be part of a password.
    let length = match word.is_empty() {
        true => 0,
        false => length,
    };
    (!is_label && is_secret(word, label)).then_some((gap, length))
}

/// How many bytes of a text's first characters are before such an end.
fn capped(text: &str, max: usize, is_end: impl Fn(char) -> bool) -> usize {
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
    (MIN_STRICT..=8).contains(&value.len()) && value.bytes().all(|b| b.is_ascii_digit())
}

/// Whether letters and digits or signs are mixed in a way that words and numbers don't do.
fn looks_secret(word: &str) -> bool {
    let has_letter = word.chars().any(char::is_alphabetic);
    let has_other = word
        .chars()
        .any(|c| c.is_ascii_digit() || "!@#$%^&*_+=?".contains(c));
    has_letter && has_other && word.chars().nth(MIN_STRICT - 1).is_some()
}

/// A value that is told in words, as in `the password is x1y2`, where it looks like a secret: its place and its length.
fn told(text: &str, from: usize, at: usize) -> Option<(usize, usize)> {
    let verb = VERBS.iter().find(|verb| text[at..].starts_with(**verb))?;
    if label(&text[from..at], ':') != Some(Label::Any) {
        return None;
    }
    let start = at + verb.len();
    let rest = &text[start..];
    let length = run(rest, |c| !c.is_whitespace());
    let word = rest[..length].trim_end_matches(['.', ',', ';', '!', '?', ')', '"', '\'', '”']);
    let bare = word.trim_start_matches(['"', '\'', '(', '“', '„']);
    looks_secret(bare).then_some((start + word.len() - bare.len(), bare.len()))
}
