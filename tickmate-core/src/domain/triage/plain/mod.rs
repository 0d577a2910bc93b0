//! Plain text: text without anything that can execute, hide or link.

mod hidden;
mod live;
#[cfg(test)]
mod tests;

use std::borrow::Cow;

pub(super) use self::hidden::clean;
use self::live::{defuse_hosts, is_link};

/// Returns plain text of at most `max` characters, on several lines, without active markup, links and images.
pub(super) fn neutral(text: &str, max: usize) -> String {
    let mut lines: Vec<String> = Vec::new();
    for line in clean(text).lines().map(neutral_words) {
        let follows_blank = lines.last().is_none_or(String::is_empty);
        if !(line.is_empty() && follows_blank) {
            lines.push(line);
        }
    }
    truncate_neutral(lines.join("\n").trim(), max)
}

/// Returns the same on one line.
pub(super) fn neutral_line(text: &str, max: usize) -> String {
    truncate_neutral(&neutral_words(&clean(text)), max)
}

/// Truncates a text to at most `max` characters, between words if possible, with an ellipsis.
pub(super) fn truncate(text: &str, max: usize) -> String {
    let Some((last, _)) = text.char_indices().nth(max) else {
        return text.to_owned();
    };
    let Some((room, _)) = text[..last].char_indices().next_back() else {
        return String::new();
    };
    let head = &text[..room];
    let cut = match head.rfind(char::is_whitespace) {
        Some(gap) if gap > room / 2 => &head[..gap],
        _ => head,
    };
    format!("{}…", cut.trim_end())
}

/// Truncates a neutral text. If a word is truncated, its remainder is removed if it might have become a link.
fn truncate_neutral(text: &str, max: usize) -> String {
    let short = truncate(text, max);
    if short.len() == text.len() {
        return short;
    }
    let last = short
        .rfind(char::is_whitespace)
        .map_or(0, |gap| gap + char_length(&short, gap));
    match neutral_words(&short[last..]) == short[last..] {
        true => short,
        false => format!("{}…", short[..last].trim_end()),
    }
}

/// Returns the length of the character at a position, in bytes.
fn char_length(text: &str, at: usize) -> usize {
    text[at..].chars().next().map_or(0, char::len_utf8)
}

fn neutral_words(line: &str) -> String {
    let mut words = String::with_capacity(line.len());
    for word in remove_fences(line).split_whitespace() {
        let word: Cow<'_, str> = match word {
            word if is_simple_word(word) => word.into(),
            word if is_link(word) => "[link]".into(),
            word => remove_markup(&defuse_hosts(word)).into(),
        };
        if !(words.is_empty() || word.is_empty()) {
            words.push(' ');
        }
        words.push_str(&word);
    }
    words
}

/// Returns whether a word consists of letters, digits and hyphens, with quotes and punctuation around them. Most
/// words do, and need no further checks.
fn is_simple_word(word: &str) -> bool {
    let inner = word
        .trim_start_matches(['“', '"'])
        .trim_end_matches(['.', ',', ';', '!', '?', '”', '"']);
    inner
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

/// Removes code fences of Markdown from a line. Removing them from words later would be too late, since it joins the
/// text around them.
fn remove_fences(line: &str) -> String {
    let mut open = String::with_capacity(line.len());
    let mut rest = line;
    while let Some(c) = rest.chars().next() {
        let run = rest.len() - rest.trim_start_matches(c).len();
        match matches!(c, '`' | '~') && run > 2 {
            true => open.push(' '),
            false => open.push_str(&rest[..run]),
        }
        rest = &rest[run..];
    }
    open
}

/// Removes the markup of HTML, and of images and links in Markdown, from a word.
fn remove_markup(word: &str) -> String {
    word.replace('<', "‹")
        .replace('>', "›")
        .replace("![", "! [")
        .replace("](", "] (")
}
