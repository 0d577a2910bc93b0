//! Plain text: what is left of a text once nothing in it can act, hide or lead away.

/// Line ends as `\n`, tabs as spaces, and no character that is not seen or changes the order of others.
pub(super) fn clean(text: &str) -> String {
    let mut cleaned = String::with_capacity(text.len());
    let mut after_return = false;
    for c in text.chars() {
        match c {
            '\n' if after_return => {}
            '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}' => cleaned.push('\n'),
            '\t' => cleaned.push(' '),
            c if c.is_control() || is_hidden(c) => {}
            c => cleaned.push(c),
        }
        after_return = c == '\r';
    }
    cleaned
}

/// Zero-width characters, marks of direction, tags, and the selectors that can carry a text in secret.
const fn is_hidden(c: char) -> bool {
    matches!(
        c,
        '\u{ad}'
            | '\u{34f}'
            | '\u{61c}'
            | '\u{115f}'
            | '\u{1160}'
            | '\u{180b}'..='\u{180e}'
            | '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e0fff}'
    )
}

/// Several lines of at most `max` characters in all, with no markup, link or image that could be live.
pub(super) fn neutral(text: &str, max: usize) -> String {
    let mut lines: Vec<String> = Vec::new();
    for line in clean(text).lines().map(neutral_words) {
        let follows_blank = lines.last().is_none_or(String::is_empty);
        if !(line.is_empty() && follows_blank) {
            lines.push(line);
        }
    }
    shortened(lines.join("\n").trim(), max)
}

/// The same on one line.
pub(super) fn neutral_line(text: &str, max: usize) -> String {
    shortened(&neutral_words(&clean(text)), max)
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

fn neutral_words(line: &str) -> String {
    let mut words = String::with_capacity(line.len());
    for word in line.split_whitespace() {
        if !words.is_empty() {
            words.push(' ');
        }
        match is_live(word) {
            true => words.push_str("[link]"),
            false => words.push_str(&word.replace('<', "‹").replace('>', "›")),
        }
    }
    words.replace("![", "[").replace("](", "] (")
}

const SCHEMES: [&str; 7] = [
    "javascript:",
    "vbscript:",
    "data:",
    "mailto:",
    "file:",
    "tel:",
    "sms:",
];

/// Whether a mail program or browser might make a link of it.
fn is_live(word: &str) -> bool {
    let word = word.to_lowercase();
    let begins = |at: usize| {
        !word[..at]
            .chars()
            .next_back()
            .is_some_and(char::is_alphanumeric)
    };
    let goes_on = |at: usize| word[at..].starts_with(char::is_alphanumeric);
    let found = |needle: &str, whole_word: bool| {
        word.match_indices(needle)
            .any(|(at, _)| (!whole_word || begins(at)) && goes_on(at + needle.len()))
    };
    found("//", false) || found("www.", true) || SCHEMES.iter().any(|scheme| found(scheme, true))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{any, proptest};

    use super::*;

    #[test]
    fn what_is_not_seen_is_gone() {
        for (text, expected) in [
            ("a\r\nb\rc\nd", "a\nb\nc\nd"),
            ("a\u{0}b\u{1b}[31m\u{9b}c\td", "ab[31mc d"),
            ("p\u{200b}a\u{2060}s\u{feff}s", "pass"),
            ("\u{202e}abc\u{2066}", "abc"),
            ("x\u{e0041}\u{e007f}y", "xy"),
            ("ä 🔥 中文", "ä 🔥 中文"),
        ] {
            assert_eq!(clean(text), expected, "{text:?}");
        }
    }

    #[test]
    fn nothing_is_live() {
        for (text, expected) in [
            ("see https://evil.example/?q=1 now", "see [link] now"),
            ("![x](https://evil.example/p.png)", "[link]"),
            ("[x](//evil.example)", "[link]"),
            ("[x](java\u{200b}script:alert(1))", "[link]"),
            ("www.evil.example", "[link]"),
            ("data:text/html;base64,xx", "[link]"),
            ("the data: all of it", "the data: all of it"),
            ("metadata:x", "metadata:x"),
            ("<script>x</script>", "‹script›x‹/script›"),
            ("<<b>script>", "‹‹b›script›"),
            ("a < b && c > d", "a ‹ b && c › d"),
            ("![alt] [text](path)", "[alt] [text] (path)"),
            ("a // b", "a // b"),
        ] {
            assert_eq!(neutral_line(text, 200), expected, "{text}");
        }
        assert_eq!(neutral("\n\na\n\n\n\nb  c\n", 200), "a\n\nb c");
    }

    #[test]
    fn long_texts_end_between_words() {
        assert_eq!(shortened("one two three", 13), "one two three");
        assert_eq!(shortened("one two three", 12), "one two…");
        assert_eq!(shortened("onetwothree", 4), "one…");
        assert_eq!(shortened("abc", 1), "…");
        assert_eq!(shortened("abc", 0), "");
    }

    proptest! {
        #[test]
        fn caps_hold_and_nothing_is_markup(text in any::<String>(), max in 0_usize..60) {
            let line = neutral_line(&text, max);
            assert!(line.chars().count() <= max);
            assert!(!line.contains(['<', '>', '\n', '\u{0}']));
            assert!(neutral(&text, max).chars().count() <= max);
        }
    }
}
