//! Tokens: the words of a text, each with the key by which names are compared.

use unicode_normalization::char::is_combining_mark;

use crate::domain::skill::key;

/// What separates a word from the previous one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::domain) enum Gap {
    /// One hyphen, dot, slash or underscore, or nothing.
    Tight,
    /// White space on one line.
    Space,
    /// Anything else. Phrases do not extend across it.
    Break,
}

/// A word of a text.
#[derive(Debug, Clone, Copy)]
pub(in crate::domain) struct Token {
    key: (usize, usize),
    /// The start in the text, in bytes.
    pub(in crate::domain) start: usize,
    /// The end in the text, in bytes.
    pub(in crate::domain) end: usize,
    pub(in crate::domain) gap: Gap,
    /// Whether it is the first word of a sentence.
    pub(in crate::domain) opens_sentence: bool,
    /// Whether its first letter is uppercase.
    pub(in crate::domain) is_capital: bool,
    /// Whether it follows a leading dot, as in `.NET`.
    pub(in crate::domain) has_dot: bool,
}

/// The words of a text, in order. Email addresses, URLs and HTML tags are omitted.
#[derive(Debug)]
pub(in crate::domain) struct Tokens<'a> {
    pub(in crate::domain) text: &'a str,
    keys: String,
    list: Vec<Token>,
}

impl<'a> Tokens<'a> {
    pub(in crate::domain) fn of(text: &'a str) -> Self {
        let mut reader = Reader {
            tokens: Self {
                text,
                keys: String::with_capacity(text.len()),
                list: Vec::with_capacity(text.len() / 6 + 1),
            },
            gap: Gap::Break,
            opens_sentence: true,
            has_dot: false,
        };
        let mut at = 0;
        while let Some(c) = text[at..].chars().next() {
            at = reader.step(at, c);
        }
        reader.tokens
    }

    pub(in crate::domain) fn len(&self) -> usize {
        self.list.len()
    }

    pub(in crate::domain) fn list(&self) -> &[Token] {
        &self.list
    }

    /// Returns the key of a word, without its leading dot.
    pub(in crate::domain) fn key(&self, index: usize) -> &str {
        let (start, end) = self.list[index].key;
        &self.keys[start..end]
    }

    /// Returns the text from one word up to another, which is excluded.
    pub(in crate::domain) fn slice(&self, from: usize, to: usize) -> &'a str {
        match (self.list.get(from), to.checked_sub(1)) {
            (Some(first), Some(last)) if from <= last => {
                &self.text[first.start..self.list[last].end]
            }
            _ => "",
        }
    }
}

struct Reader<'a> {
    tokens: Tokens<'a>,
    gap: Gap,
    opens_sentence: bool,
    has_dot: bool,
}

/// The maximum length of an HTML tag, in bytes.
const MAX_TAG: usize = 200;

impl<'a> Reader<'a> {
    /// Consumes the text at a character and returns the next position.
    fn step(&mut self, at: usize, c: char) -> usize {
        let text = self.tokens.text;
        let next = at + c.len_utf8();
        let opens_chunk = text[..at]
            .chars()
            .next_back()
            .is_none_or(char::is_whitespace);
        if opens_chunk && let Some(end) = address_length(&text[at..]) {
            self.end_phrase();
            return at + end;
        }
        if is_word(c) {
            let end = at + word_length(&text[at..]);
            self.push(at, end, c);
            return end;
        }
        let follows = text[next..].chars().next();
        match c {
            '<' => {
                self.end_phrase();
                if let Some(end) = tag_length(&text[at..]) {
                    self.opens_sentence = true;
                    return at + end;
                }
            }
            '.' if self.gap != Gap::Tight && follows.is_some_and(is_word) => self.has_dot = true,
            '\n' | '\r' => {
                self.end_phrase();
                self.opens_sentence = true;
            }
            '.' | '!' | '?' if follows.is_none_or(|c| c.is_whitespace() || c == '<') => {
                self.end_phrase();
                self.opens_sentence = true;
            }
            '-' | '\u{2010}' | '\u{2011}' | '_' | '.' | '/'
                if self.gap == Gap::Tight && follows.is_some_and(is_word) => {}
            c if c.is_whitespace() => self.gap = self.gap.max(Gap::Space),
            _ => self.end_phrase(),
        }
        next
    }

    fn end_phrase(&mut self) {
        self.gap = Gap::Break;
        self.has_dot = false;
    }

    fn push(&mut self, start: usize, end: usize, first: char) {
        let raw = &self.tokens.text[start..end];
        let from = self.tokens.keys.len();
        match raw.bytes().all(|b| b.is_ascii_alphanumeric()) {
            true => {
                let lower = raw.chars().map(|c| c.to_ascii_lowercase());
                self.tokens.keys.extend(lower);
            }
            false => self.tokens.keys.push_str(&key(without_genitive(raw))),
        }
        let to = self.tokens.keys.len();
        if from < to {
            self.tokens.list.push(Token {
                key: (from, to),
                start,
                end,
                gap: self.gap,
                opens_sentence: self.opens_sentence,
                is_capital: first.is_uppercase(),
                has_dot: self.has_dot,
            });
            self.opens_sentence = false;
        }
        self.gap = Gap::Tight;
        self.has_dot = false;
    }
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric()
}

/// Returns whether a character continues a word: also combining marks and invisible characters.
fn is_inside(c: char) -> bool {
    is_word(c)
        || is_combining_mark(c)
        || matches!(
            c,
            '\u{ad}' | '\u{200b}'..='\u{200d}' | '\u{2060}' | '\u{feff}'
        )
}

/// Returns the length in bytes of the word at the beginning of the text: `don't`, `R&D`, `C#` and `C++` are one word
/// each.
fn word_length(text: &str) -> usize {
    let mut end = 0;
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let is_joiner = matches!(c, '\'' | '\u{2019}' | '&')
            && chars.peek().is_some_and(|(_, next)| is_word(*next));
        if !is_inside(c) && !is_joiner {
            return end + suffix_length(&text[at..]);
        }
        end = at + c.len_utf8();
    }
    end
}

/// Returns how many bytes of `#` or `+` at the end of a word belong to it.
fn suffix_length(rest: &str) -> usize {
    let follows = |count: usize| rest[count..].chars().next().is_some_and(is_word);
    if rest.starts_with("++") {
        return 2;
    }
    match rest.starts_with(['#', '+']) && !follows(1) {
        true => 1,
        false => 0,
    }
}

fn without_genitive(word: &str) -> &str {
    word.strip_suffix("'s")
        .or_else(|| word.strip_suffix("\u{2019}s"))
        .unwrap_or(word)
}

/// Returns the length in bytes of the email address or URL at the beginning of the text, if there is one.
fn address_length(text: &str) -> Option<usize> {
    let end = text.find(char::is_whitespace).unwrap_or(text.len());
    let chunk = &text[..end];
    let is_mail = chunk
        .find('@')
        .is_some_and(|at| at > 0 && chunk[at + 1..].starts_with(is_word));
    (is_mail || chunk.contains("://") || chunk.starts_with("www.")).then_some(end)
}

/// Returns the length in bytes of the HTML tag at the beginning of the text, if there is one.
fn tag_length(text: &str) -> Option<usize> {
    let inner = text.strip_prefix('<')?;
    if !inner.starts_with(|c: char| c.is_ascii_alphabetic() || c == '/') {
        return None;
    }
    let end = text.bytes().take(MAX_TAG).position(|b| b == b'>')?;
    Some(end + 1)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{any, proptest};

    use super::*;

    fn keys(text: &str) -> Vec<String> {
        let tokens = Tokens::of(text);
        (0..tokens.len())
            .map(|index| tokens.key(index).to_owned())
            .collect()
    }

    #[test]
    fn names_with_signs_stay_whole() {
        for (text, expected) in [
            ("C++ and C#!", &["cpp", "and", "csharp"][..]),
            ("don't", &["dont"]),
            ("Anna's laptop", &["anna", "laptop"]),
            ("R&D", &["randd"]),
            ("node.js", &["node", "js"]),
            ("the .NET runtime", &["the", "net", "runtime"]),
            ("Übung Passwo\u{308}rter", &["ubung", "passworter"]),
            ("zero\u{200b}width", &["zerowidth"]),
            ("see https://java.example/c?x=1 now", &["see", "now"]),
            ("mail ann@java.example now", &["mail", "now"]),
            (
                "one<br>two<a href=\"x\">three</a>",
                &["one", "two", "three"],
            ),
            ("a < b", &["a", "b"]),
            ("", &[]),
            ("...!?", &[]),
        ] {
            assert_eq!(keys(text), expected, "{text}");
        }
        assert!(Tokens::of("the .NET runtime").list()[1].has_dot);
    }

    #[test]
    fn gaps_show_which_words_belong_together() {
        let gaps = |text| -> Vec<Gap> { Tokens::of(text).list().iter().map(|t| t.gap).collect() };
        assert_eq!(gaps("java script"), [Gap::Break, Gap::Space]);
        assert_eq!(gaps("java. Script"), [Gap::Break, Gap::Break]);
        assert_eq!(gaps("java, script"), [Gap::Break, Gap::Break]);
        assert_eq!(gaps("java\nscript"), [Gap::Break, Gap::Break]);
        assert_eq!(gaps("java - script"), [Gap::Break, Gap::Break]);
        assert_eq!(
            gaps("USB-C TCP/IP"),
            [Gap::Break, Gap::Tight, Gap::Space, Gap::Tight]
        );
    }

    #[test]
    fn sentence_starts_are_recognized() {
        let tokens = Tokens::of("It is v1.2 here. Go on!\nNow");
        let opens: Vec<&str> = tokens
            .list()
            .iter()
            .filter(|token| token.opens_sentence)
            .map(|token| &tokens.text[token.start..token.end])
            .collect();
        assert_eq!(opens, ["It", "Go", "Now"]);
    }

    proptest! {
        #[test]
        fn any_text_is_tokenized(text in any::<String>()) {
            let tokens = Tokens::of(&text);
            for index in 0..tokens.len() {
                assert!(!tokens.key(index).is_empty());
                assert!(text.contains(tokens.slice(index, index + 1)));
            }
        }

        #[test]
        fn a_single_word_has_the_key_of_its_name(word in "[a-zA-ZäöüßéÅ0-9]{1,12}(#|\\+\\+)?") {
            assert_eq!(keys(&word), [key(&word)]);
        }
    }
}
