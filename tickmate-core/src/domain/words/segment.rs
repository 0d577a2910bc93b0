//! Segments: where words begin and end in a normalized text.

use unicode_normalization::char::is_combining_mark;
use unicode_script::{Script, UnicodeScript};

use super::MAX_WORD_CHARS;

/// A part of a text: a word, or several words without spaces between them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Segment<'a> {
    /// A word of a script that separates words.
    Word {
        /// The word, with `+` and `#` after it and a dot before it.
        word: &'a str,
        /// The word without them.
        bare: &'a str,
        /// The script of its letters; none if it has only digits.
        script: Option<Script>,
    },
    /// A run of Han and Kana, or of Hangul.
    Unspaced(&'a str),
}

/// The class of a letter or digit, by which the end of a word is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Class {
    Han,
    Hangul,
    Letter(Script),
    /// A letter that several scripts share.
    AnyLetter,
    Number,
}

impl Class {
    fn of(c: char) -> Option<Self> {
        if !c.is_alphanumeric() {
            return None;
        }
        Some(match c.script() {
            Script::Han | Script::Hiragana | Script::Katakana | Script::Bopomofo => Self::Han,
            Script::Hangul => Self::Hangul,
            // The marks of length and repetition that Hiragana and Katakana share.
            _ if matches!(c, '\u{3000}'..='\u{30FF}' | '\u{FF66}'..='\u{FF9F}') => Self::Han,
            _ if c.is_numeric() => Self::Number,
            Script::Common | Script::Inherited | Script::Unknown => Self::AnyLetter,
            script => Self::Letter(script),
        })
    }

    const fn is_unspaced(self) -> bool {
        matches!(self, Self::Han | Self::Hangul)
    }

    const fn is_number(self) -> bool {
        matches!(self, Self::Number)
    }
}

/// Iterates over the words of a normalized text.
pub(super) fn segments(text: &str) -> Segments<'_> {
    Segments {
        text,
        at: 0,
        before: None,
        before_that: None,
    }
}

/// The iterator that [`segments`] returns.
#[derive(Debug)]
pub(super) struct Segments<'a> {
    text: &'a str,
    at: usize,
    /// The character that ends at `at`, and the one before it.
    before: Option<char>,
    before_that: Option<char>,
}

impl<'a> Iterator for Segments<'a> {
    type Item = Segment<'a>;

    fn next(&mut self) -> Option<Segment<'a>> {
        while let Some(c) = self.peek() {
            match Class::of(c) {
                None => self.step(c),
                Some(class) if class.is_unspaced() => return Some(self.unspaced(class)),
                Some(class) => return Some(self.word(class)),
            }
        }
        None
    }
}

impl<'a> Segments<'a> {
    fn peek(&self) -> Option<char> {
        self.text[self.at..].chars().next()
    }

    const fn step(&mut self, c: char) {
        self.at += c.len_utf8();
        self.before_that = self.before;
        self.before = Some(c);
    }

    fn unspaced(&mut self, class: Class) -> Segment<'a> {
        let start = self.at;
        while let Some(c) = self.peek() {
            if !is_combining_mark(c) && Class::of(c) != Some(class) {
                break;
            }
            self.step(c);
        }
        Segment::Unspaced(&self.text[start..self.at])
    }

    fn word(&mut self, first: Class) -> Segment<'a> {
        let start = self.at;
        let has_dot =
            !first.is_number() && self.before == Some('.') && self.before_that != Some('.');
        let mut script = None;
        let mut last = first;
        while let Some(c) = self.peek() {
            match Class::of(c) {
                _ if is_combining_mark(c) => {}
                Some(Class::Letter(letter)) if script.is_none_or(|script| script == letter) => {
                    script = Some(letter);
                    last = Class::Letter(letter);
                }
                Some(class @ (Class::AnyLetter | Class::Number)) => last = class,
                _ => break,
            }
            self.step(c);
        }
        let end = self.at;
        if !last.is_number() {
            self.skip_symbols();
        }
        let bare = cut(&self.text[start..end]);
        let word = match has_dot {
            true => cut(&self.text[start - 1..self.at]),
            false => cut(&self.text[start..self.at]),
        };
        Segment::Word { word, bare, script }
    }

    /// Skips `+` and `#`, unless a letter follows: in `a+b` the sign is an operator.
    fn skip_symbols(&mut self) {
        let rest = &self.text[self.at..];
        let length = rest.find(|c| !matches!(c, '+' | '#')).unwrap_or(rest.len());
        let follows_letter = rest[length..]
            .chars()
            .next()
            .is_some_and(char::is_alphabetic);
        if !follows_letter {
            for c in rest[..length].chars() {
                self.step(c);
            }
        }
    }
}

/// Returns the first characters of a word, as many as count.
fn cut(word: &str) -> &str {
    let end = word.char_indices().nth(MAX_WORD_CHARS);
    end.map_or(word, |(end, _)| &word[..end])
}
