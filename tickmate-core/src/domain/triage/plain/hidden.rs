//! Invisible characters: control characters, terminal sequences, and characters without width.

/// The maximum length of a terminal sequence, in characters.
const MAX_SEQUENCE: usize = 256;

/// Normalizes line ends to `\n` and tabs to spaces, and removes terminal sequences and characters that are invisible
/// or change the order of others.
pub(in crate::domain::triage) fn clean(text: &str) -> String {
    let mut cleaned = String::with_capacity(text.len());
    let mut after_return = false;
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        rest = &rest[c.len_utf8()..];
        match c {
            '\n' if after_return => {}
            '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}' => cleaned.push('\n'),
            '\t' => cleaned.push(' '),
            '\u{1b}' | '\u{9b}' | '\u{9d}' => rest = after_sequence(c, rest),
            c if c.is_control() || is_hidden(c) => {}
            c => cleaned.push(c),
        }
        after_return = c == '\r';
    }
    cleaned
}

/// Returns the text after a terminal sequence that begins with `first` (ECMA-48); the whole text if there is none.
fn after_sequence(first: char, rest: &str) -> &str {
    let (kind, body) = match (first, rest.chars().next()) {
        ('\u{9b}', _) => ('[', rest),
        ('\u{9d}', _) => (']', rest),
        (_, Some(kind @ ('[' | ']'))) => (kind, &rest[1..]),
        _ => return rest,
    };
    let mut places = body.char_indices().take(MAX_SEQUENCE);
    let end = match kind {
        '[' => places
            .find(|(_, c)| !matches!(c, ' '..='?'))
            .filter(|(_, c)| matches!(c, '@'..='~')),
        _ => places.find(|(_, c)| matches!(c, '\u{7}' | '\u{9c}' | '\u{1b}')),
    };
    match end {
        Some((at, c)) => {
            let after = &body[at + c.len_utf8()..];
            match c {
                '\u{1b}' => after.strip_prefix('\\').unwrap_or(after),
                _ => after,
            }
        }
        None => rest,
    }
}

/// Returns whether a character is invisible: zero-width characters, direction marks, tags, fillers, and variation
/// selectors, which can encode hidden text.
const fn is_hidden(c: char) -> bool {
    matches!(
        c,
        '\u{ad}'
            | '\u{34f}'
            | '\u{61c}'
            | '\u{115f}'
            | '\u{1160}'
            | '\u{17b4}'
            | '\u{17b5}'
            | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}'
            | '\u{feff}'
            | '\u{ffa0}'
            | '\u{fff0}'..='\u{fffb}'
            | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e0fff}'
    )
}
