//! A lenient parser for JSON from models, which may be truncated or invalid. Everything before the first error
//! counts.

use serde_json::{Map, Number, Value};

/// The maximum depth of parsed values. Deeper ones are skipped without recursion.
const MAX_DEPTH: usize = 6;

/// An object, possibly truncated.
#[derive(Debug, Default)]
pub(super) struct Object {
    /// The complete members; of several with the same name the last.
    pub(super) members: Map<String, Value>,
    /// The member within which the text ended.
    pub(super) cut: Option<(String, Cut)>,
    /// Whether the closing brace was found.
    pub(super) is_whole: bool,
}

/// The usable part of a truncated value.
#[derive(Debug)]
pub(super) enum Cut {
    /// The beginning of a string.
    Text(String),
    /// The beginning of an object.
    Object(Box<Object>),
    /// Nothing usable.
    Nothing,
}

enum Parsed<T> {
    Whole(T),
    Cut(Cut),
    /// The text is not JSON.
    Bad,
}

/// Parses the object at this brace. Returns it with the end of what was parsed.
pub(super) fn object(text: &str, brace: usize) -> (Object, usize) {
    let mut parser = Parser {
        text,
        at: brace + 1,
    };
    let object = parser.object(0);
    (object, parser.at)
}

/// Parses the string at this quote.
pub(super) fn string(text: &str, quote: usize) -> String {
    let mut parser = Parser {
        text,
        at: quote + 1,
    };
    match parser.string() {
        Parsed::Whole(text) | Parsed::Cut(Cut::Text(text)) => text,
        Parsed::Cut(_) | Parsed::Bad => String::new(),
    }
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
}

impl Parser<'_> {
    fn rest(&self) -> &str {
        &self.text[self.at..]
    }

    /// Moves to the next character that is not white space, and returns it.
    fn peek(&mut self) -> Option<char> {
        let rest = self.rest();
        let gap = rest.len() - rest.trim_start().len();
        self.at += gap;
        self.rest().chars().next()
    }

    fn next_char(&mut self) -> Option<char> {
        let next = self.rest().chars().next();
        self.at += next.map_or(0, char::len_utf8);
        next
    }

    /// Parses an object after its opening brace.
    fn object(&mut self, depth: usize) -> Object {
        let mut object = Object::default();
        loop {
            match self.peek() {
                Some('}') => {
                    self.at += 1;
                    object.is_whole = true;
                    return object;
                }
                Some(',') if !object.members.is_empty() => {
                    self.at += 1;
                    continue;
                }
                Some('"') => self.at += 1,
                _ => return object,
            }
            let Parsed::Whole(name) = self.string() else {
                return object;
            };
            if self.peek() != Some(':') {
                return object;
            }
            self.at += 1;
            match self.value(depth + 1) {
                Parsed::Whole(value) => object.members.insert(name, value),
                Parsed::Cut(cut) => {
                    object.cut = Some((name, cut));
                    return object;
                }
                Parsed::Bad => return object,
            };
            if !matches!(self.peek(), Some(',' | '}')) {
                return object;
            }
        }
    }

    fn value(&mut self, depth: usize) -> Parsed<Value> {
        match self.peek() {
            None => Parsed::Cut(Cut::Nothing),
            Some('"') => {
                self.at += 1;
                match self.string() {
                    Parsed::Whole(text) => Parsed::Whole(Value::String(text)),
                    Parsed::Cut(cut) => Parsed::Cut(cut),
                    Parsed::Bad => Parsed::Bad,
                }
            }
            Some('{' | '[') if depth > MAX_DEPTH => self.skip_value(),
            Some('{') => {
                self.at += 1;
                let object = self.object(depth);
                match object.is_whole {
                    true => Parsed::Whole(Value::Object(object.members)),
                    false => Parsed::Cut(Cut::Object(Box::new(object))),
                }
            }
            Some('[') => {
                self.at += 1;
                self.list(depth)
            }
            Some(_) => self.literal(),
        }
    }

    /// Parses a list after its opening bracket.
    fn list(&mut self, depth: usize) -> Parsed<Value> {
        let mut list = Vec::new();
        loop {
            match self.peek() {
                None => return Parsed::Cut(Cut::Nothing),
                Some(']') => {
                    self.at += 1;
                    return Parsed::Whole(Value::Array(list));
                }
                Some(',') if !list.is_empty() => self.at += 1,
                Some(_) => match self.value(depth + 1) {
                    Parsed::Whole(value) => list.push(value),
                    Parsed::Cut(_) => return Parsed::Cut(Cut::Nothing),
                    Parsed::Bad => return Parsed::Bad,
                },
            }
        }
    }

    /// Parses a number, or a literal of JSON or of the languages with which models confuse it. A literal at the end
    /// of the text counts as truncated, since it may be incomplete.
    fn literal(&mut self) -> Parsed<Value> {
        let rest = self.rest();
        let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.');
        let length = rest.len() - rest.trim_start_matches(is_part).len();
        let word = &rest[..length];
        let value = match word {
            "" => return Parsed::Bad,
            _ if length == rest.len() => return Parsed::Cut(Cut::Nothing),
            "true" | "True" => Value::Bool(true),
            "false" | "False" => Value::Bool(false),
            "null" | "None" | "undefined" | "NaN" | "Infinity" | "-Infinity" => Value::Null,
            _ => match word.parse::<f64>() {
                Ok(number) => Number::from_f64(number).map_or(Value::Null, Value::Number),
                Err(_) => return Parsed::Bad,
            },
        };
        self.at += length;
        Parsed::Whole(value)
    }

    /// Parses a string after its opening quote. Unknown escapes stand for themselves; unpaired surrogates become the
    /// replacement character.
    fn string(&mut self) -> Parsed<String> {
        let mut text = String::new();
        loop {
            match self.next_char() {
                None => return Parsed::Cut(Cut::Text(text)),
                Some('"') => return Parsed::Whole(text),
                Some('\\') => match self.next_char() {
                    None => return Parsed::Cut(Cut::Text(text)),
                    Some('n') => text.push('\n'),
                    Some('r') => text.push('\r'),
                    Some('t') => text.push('\t'),
                    Some('b' | 'f') => text.push(' '),
                    Some('u') if is_truncated_escape(self.rest()) => {
                        return Parsed::Cut(Cut::Text(text));
                    }
                    Some('u') => text.push(self.unicode_escape().unwrap_or('u')),
                    Some(c) => text.push(c),
                },
                Some(c) => text.push(c),
            }
        }
    }

    /// Parses four hexadecimal digits, or a surrogate pair, into a character.
    fn unicode_escape(&mut self) -> Option<char> {
        let first = self.code_unit()?;
        if !(0xd800..0xdc00).contains(&first) {
            return Some(char::from_u32(first).unwrap_or(char::REPLACEMENT_CHARACTER));
        }
        let before = self.at;
        if self.rest().starts_with("\\u") {
            self.at += 2;
            if let Some(second @ 0xdc00..0xe000) = self.code_unit() {
                let both = 0x1_0000 + ((first - 0xd800) << 10) + (second - 0xdc00);
                return char::from_u32(both);
            }
        }
        self.at = before;
        Some(char::REPLACEMENT_CHARACTER)
    }

    fn code_unit(&mut self) -> Option<u32> {
        let digits = self.rest().get(..4)?;
        let is_hex = digits.bytes().all(|b| b.is_ascii_hexdigit());
        let unit = u32::from_str_radix(digits, 16).ok().filter(|_| is_hex)?;
        self.at += 4;
        Some(unit)
    }

    /// Skips a value that is too deep.
    fn skip_value(&mut self) -> Parsed<Value> {
        let mut open = 0_usize;
        loop {
            match self.next_char() {
                None => return Parsed::Cut(Cut::Nothing),
                Some('"') => {
                    if let Parsed::Cut(_) = self.string() {
                        return Parsed::Cut(Cut::Nothing);
                    }
                }
                Some('{' | '[') => open += 1,
                Some('}' | ']') if open < 2 => return Parsed::Whole(Value::Null),
                Some('}' | ']') => open -= 1,
                Some(_) => {}
            }
        }
    }
}

/// Returns whether the text ends within a Unicode escape, or between the surrogates of a pair.
fn is_truncated_escape(rest: &str) -> bool {
    let are_hex = |digits: &[u8]| digits.iter().all(u8::is_ascii_hexdigit);
    let rest = rest.as_bytes();
    match rest {
        [
            b'd' | b'D',
            b'8'..=b'9' | b'a'..=b'b' | b'A'..=b'B',
            _,
            _,
            half @ ..,
        ] if half.len() < 6 => {
            are_hex(&rest[..4])
                && match half {
                    [] | [b'\\'] => true,
                    [b'\\', b'u', digits @ ..] => are_hex(digits),
                    _ => false,
                }
        }
        digits => digits.len() < 4 && are_hex(digits),
    }
}
