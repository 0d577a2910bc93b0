//! JSON as models write it: whole, cut off anywhere, or spoilt in the middle. What stands before the fault counts.

use serde_json::{Map, Number, Value};

/// How deep values are kept. What lies deeper is skipped without going down.
const MAX_DEPTH: usize = 6;

/// An object, as far as it goes.
#[derive(Debug, Default)]
pub(super) struct Object {
    /// The members that are whole; of several of one name the last.
    pub(super) members: Map<String, Value>,
    /// The member that the text ended in.
    pub(super) cut: Option<(String, Cut)>,
    /// Whether it ends where an object does.
    pub(super) is_whole: bool,
}

/// What is left of a value that is not whole.
#[derive(Debug)]
pub(super) enum Cut {
    /// The beginning of a text.
    Text(String),
    /// An object as far as it goes.
    Object(Box<Object>),
    /// Nothing that could be used.
    Nothing,
}

enum Read<T> {
    Whole(T),
    Cut(Cut),
    /// It is no JSON.
    Bad,
}

/// The object that begins at this brace, and where what could be read of it ends.
pub(super) fn object(text: &str, brace: usize) -> (Object, usize) {
    let mut reader = Reader {
        text,
        at: brace + 1,
    };
    let object = reader.object(0);
    (object, reader.at)
}

/// The text that begins at this quote.
pub(super) fn string(text: &str, quote: usize) -> String {
    let mut reader = Reader {
        text,
        at: quote + 1,
    };
    match reader.string() {
        Read::Whole(text) | Read::Cut(Cut::Text(text)) => text,
        Read::Cut(_) | Read::Bad => String::new(),
    }
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl Reader<'_> {
    fn rest(&self) -> &str {
        &self.text[self.at..]
    }

    /// The next character that is no white space, which is where it stands then.
    fn peek(&mut self) -> Option<char> {
        let rest = self.rest();
        let gap = rest.len() - rest.trim_start().len();
        self.at += gap;
        self.rest().chars().next()
    }

    fn next(&mut self) -> Option<char> {
        let next = self.rest().chars().next();
        self.at += next.map_or(0, char::len_utf8);
        next
    }

    /// What follows the brace of an object.
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
            let Read::Whole(name) = self.string() else {
                return object;
            };
            if self.peek() != Some(':') {
                return object;
            }
            self.at += 1;
            match self.value(depth + 1) {
                Read::Whole(value) => object.members.insert(name, value),
                Read::Cut(cut) => {
                    object.cut = Some((name, cut));
                    return object;
                }
                Read::Bad => return object,
            };
            if !matches!(self.peek(), Some(',' | '}')) {
                return object;
            }
        }
    }

    fn value(&mut self, depth: usize) -> Read<Value> {
        match self.peek() {
            None => Read::Cut(Cut::Nothing),
            Some('"') => {
                self.at += 1;
                match self.string() {
                    Read::Whole(text) => Read::Whole(Value::String(text)),
                    Read::Cut(cut) => Read::Cut(cut),
                    Read::Bad => Read::Bad,
                }
            }
            Some('{' | '[') if depth > MAX_DEPTH => self.skipped(),
            Some('{') => {
                self.at += 1;
                let object = self.object(depth);
                match object.is_whole {
                    true => Read::Whole(Value::Object(object.members)),
                    false => Read::Cut(Cut::Object(Box::new(object))),
                }
            }
            Some('[') => {
                self.at += 1;
                self.list(depth)
            }
            Some(_) => self.word(),
        }
    }

    /// What follows the bracket of a list.
    fn list(&mut self, depth: usize) -> Read<Value> {
        let mut list = Vec::new();
        loop {
            match self.peek() {
                None => return Read::Cut(Cut::Nothing),
                Some(']') => {
                    self.at += 1;
                    return Read::Whole(Value::Array(list));
                }
                Some(',') if !list.is_empty() => self.at += 1,
                Some(_) => match self.value(depth + 1) {
                    Read::Whole(value) => list.push(value),
                    Read::Cut(_) => return Read::Cut(Cut::Nothing),
                    Read::Bad => return Read::Bad,
                },
            }
        }
    }

    /// A number, or one of the words of JSON and of the languages that it is mistaken for. What stands at the end of
    /// the text may go on.
    fn word(&mut self) -> Read<Value> {
        let rest = self.rest();
        let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.');
        let length = rest.len() - rest.trim_start_matches(is_part).len();
        let word = &rest[..length];
        let value = match word {
            "" => return Read::Bad,
            _ if length == rest.len() => return Read::Cut(Cut::Nothing),
            "true" | "True" => Value::Bool(true),
            "false" | "False" => Value::Bool(false),
            "null" | "None" | "undefined" | "NaN" | "Infinity" | "-Infinity" => Value::Null,
            _ => match word.parse::<f64>() {
                Ok(number) => Number::from_f64(number).map_or(Value::Null, Value::Number),
                Err(_) => return Read::Bad,
            },
        };
        self.at += length;
        Read::Whole(value)
    }

    /// What follows the quote of a text. Escapes that JSON does not know stand for themselves, halves of characters
    /// for a replacement.
    fn string(&mut self) -> Read<String> {
        let mut text = String::new();
        loop {
            match self.next() {
                None => return Read::Cut(Cut::Text(text)),
                Some('"') => return Read::Whole(text),
                Some('\\') => match self.next() {
                    None => return Read::Cut(Cut::Text(text)),
                    Some('n') => text.push('\n'),
                    Some('r') => text.push('\r'),
                    Some('t') => text.push('\t'),
                    Some('b' | 'f') => text.push(' '),
                    Some('u') if is_cut(self.rest()) => return Read::Cut(Cut::Text(text)),
                    Some('u') => text.push(self.escaped().unwrap_or('u')),
                    Some(c) => text.push(c),
                },
                Some(c) => text.push(c),
            }
        }
    }

    /// The character of four hexadecimal digits, or of two times four.
    fn escaped(&mut self) -> Option<char> {
        let first = self.unit()?;
        if !(0xd800..0xdc00).contains(&first) {
            return Some(char::from_u32(first).unwrap_or(char::REPLACEMENT_CHARACTER));
        }
        let before = self.at;
        if self.rest().starts_with("\\u") {
            self.at += 2;
            if let Some(second @ 0xdc00..0xe000) = self.unit() {
                let both = 0x1_0000 + ((first - 0xd800) << 10) + (second - 0xdc00);
                return char::from_u32(both);
            }
        }
        self.at = before;
        Some(char::REPLACEMENT_CHARACTER)
    }

    fn unit(&mut self) -> Option<u32> {
        let digits = self.rest().get(..4)?;
        let is_hex = digits.bytes().all(|b| b.is_ascii_hexdigit());
        let unit = u32::from_str_radix(digits, 16).ok().filter(|_| is_hex)?;
        self.at += 4;
        Some(unit)
    }

    /// A value that is too deep to be kept.
    fn skipped(&mut self) -> Read<Value> {
        let mut open = 0_usize;
        loop {
            match self.next() {
                None => return Read::Cut(Cut::Nothing),
                Some('"') => {
                    if let Read::Cut(_) = self.string() {
                        return Read::Cut(Cut::Nothing);
                    }
                }
                Some('{' | '[') => open += 1,
                Some('}' | ']') if open < 2 => return Read::Whole(Value::Null),
                Some('}' | ']') => open -= 1,
                Some(_) => {}
            }
        }
    }
}

/// Whether the text ends within the digits of a character, or before its second half.
fn is_cut(rest: &str) -> bool {
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
