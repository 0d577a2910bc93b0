//! Plain text: what is left of a text once nothing in it can act, hide or lead away.

mod hidden;
mod live;
#[cfg(test)]
mod tests;

use std::borrow::Cow;

pub(super) use self::hidden::clean;
use self::live::{is_live, neutral_hosts};

/// Several lines of at most `max` characters in all, with no markup, link or image that could be live.
pub(super) fn neutral(text: &str, max: usize) -> String {
    let mut lines: Vec<String> = Vec::new();
    for line in clean(text).lines().map(neutral_words) {
        let follows_blank = lines.last().is_none_or(String::is_empty);
        if !(line.is_empty() && follows_blank) {
            lines.push(line);
        }
    }
    cut(lines.join("\n").trim(), max)
}

/// The same on one line.
pub(super) fn neutral_line(text: &str, max: usize) -> String {
    cut(&neutral_words(&clean(text)), max)
}

/// At most this many characters, cut between words where there is a gap, with an ellipsis.
pub(super) fn shortened(text: &str, max: usize) -> String {
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

/// A neutral text, shortened. Where the cut goes through a word, what is left of it may have become a link.
fn cut(text: &str, max: usize) -> String {
    let short = shortened(text, max);
    if short.len() == text.len() {
        return short;
    }
    let last = short
        .rfind(char::is_whitespace)
        .map_or(0, |gap| gap + width(&short, gap));
    match neutral_words(&short[last..]) == short[last..] {
        true => short,
        false => format!("{}…", short[..last].trim_end()),
    }
}

/// How many bytes the character at this place takes.
fn width(text: &str, at: usize) -> usize {
    text[at..].chars().next().map_or(0, char::len_utf8)
}

fn neutral_words(line: &str) -> String {
    let mut words = String::with_capacity(line.len());
    for word in without_fences(line).split_whitespace() {
        let word: Cow<'_, str> = match word {
            word if is_mere_word(word) => word.into(),
            word if is_live(word) => "[link]".into(),
            word => unmarked(&neutral_hosts(word)).into(),
        };
        if !(words.is_empty() || word.is_empty()) {
            words.push(' ');
        }
        words.push_str(&word);
    }
    words
}

/// Letters, digits and hyphens with quotes around them and what ends a sentence behind: most words, in which there is
/// nothing to look for.
fn is_mere_word(word: &str) -> bool {
    let inner = word
        .trim_start_matches(['“', '"'])
        .trim_end_matches(['.', ',', ';', '!', '?', '”', '"']);
    inner
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

/// A line without the fences of Markdown's code, which would be taken out of words too late.
fn without_fences(line: &str) -> String {
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

/// A word without the marks of HTML, and of Markdown's images and links.
fn unmarked(word: &str) -> String {
    word.replace('<', "‹")
        .replace('>', "›")
        .replace("![", "! [")
        .replace("](", "] (")
}
