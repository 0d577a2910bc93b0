//! One line of an import: a JSON object, of which a few members are taken.

use std::io::{self, BufRead, Read};

use serde_json::{Map, Value};

/// The most bytes of a line.
pub(super) const MAX_LINE: usize = 1024 * 1024;

/// What a line holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Line {
    /// Its id in the system that it comes from.
    pub(super) id: Option<String>,
    /// The title; may be empty.
    pub(super) title: String,
    /// The description of the problem.
    pub(super) description: String,
    /// The address of the requester.
    pub(super) requester: Option<String>,
}

/// Why a line can't be taken. The text of the line is not repeated.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum LineError {
    #[error("is longer than 1 MiB")]
    TooLong,
    #[error("is not UTF-8")]
    NotText,
    #[error("is not a JSON object (column {0})")]
    NotJson(usize),
    #[error("is not a JSON object")]
    NotAnObject,
    /// The member, and the types that it may have.
    #[error("{0} must be {1}")]
    Type(&'static str, &'static str),
    #[error("{0} is missing")]
    Missing(&'static str),
}

impl Line {
    /// Reads a line.
    ///
    /// # Errors
    /// [`LineError`] says what is wrong with it.
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, LineError> {
        let text = std::str::from_utf8(bytes).map_err(|_| LineError::NotText)?;
        let value = serde_json::from_str(text);
        let value = value.map_err(|error| LineError::NotJson(error.column()))?;
        let Value::Object(members) = value else {
            return Err(LineError::NotAnObject);
        };
        let title = text_of(&members, &["title", "subject"])?.unwrap_or_default();
        let description = text_of(&members, &["description", "body", "text"])?
            .ok_or(LineError::Missing("description"))?;
        let id = match members.get("id") {
            None | Some(Value::Null) => None,
            Some(Value::String(id)) => Some(id.trim().to_owned()),
            Some(Value::Number(id)) => Some(id.to_string()),
            Some(_) => return Err(LineError::Type("id", "text or a number")),
        };
        Ok(Self {
            id: id.filter(|id| !id.is_empty()),
            title,
            description,
            requester: text_of(&members, &["requester"])?
                .filter(|requester| !requester.trim().is_empty()),
        })
    }
}

/// Returns the first of these members that is present.
fn text_of(
    members: &Map<String, Value>,
    names: &[&'static str],
) -> Result<Option<String>, LineError> {
    for name in names {
        match members.get(*name) {
            None | Some(Value::Null) => {}
            Some(Value::String(text)) => return Ok(Some(text.clone())),
            Some(_) => return Err(LineError::Type(name, "text")),
        }
    }
    Ok(None)
}

/// The lines of a file that are not blank, with their numbers. Too long ones are skipped without being kept.
pub(super) struct Lines<R> {
    input: R,
    number: u64,
    bytes: u64,
}

/// One line as it was read.
pub(super) struct RawLine {
    /// Its number, from 1.
    pub(super) number: u64,
    /// What it holds, or why not.
    pub(super) line: Result<Line, LineError>,
    /// How many bytes of the file were read up to its end.
    pub(super) bytes: u64,
}

impl<R: BufRead> Lines<R> {
    pub(super) const fn new(input: R) -> Self {
        Self {
            input,
            number: 0,
            bytes: 0,
        }
    }

    /// Returns the next line; none at the end.
    pub(super) fn next(&mut self) -> io::Result<Option<RawLine>> {
        let mut buffer = Vec::new();
        loop {
            buffer.clear();
            let mut limited = self.input.by_ref().take(MAX_LINE as u64 + 1);
            let read = limited.read_until(b'\n', &mut buffer)?;
            if read == 0 {
                return Ok(None);
            }
            self.number += 1;
            self.bytes += read as u64;
            let whole = buffer.last() == Some(&b'\n');
            let mut content = buffer.trim_ascii();
            if self.number == 1 {
                content = content.strip_prefix(b"\xef\xbb\xbf").unwrap_or(content);
            }
            let too_long = !whole && buffer.len() > MAX_LINE;
            if too_long {
                self.bytes += self.input.skip_until(b'\n')? as u64;
            }
            if content.is_empty() && !too_long {
                continue;
            }
            return Ok(Some(RawLine {
                number: self.number,
                line: match too_long {
                    true => Err(LineError::TooLong),
                    false => Line::parse(content),
                },
                bytes: self.bytes,
            }));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(text: &str) -> Result<Line, String> {
        Line::parse(text.as_bytes()).map_err(|error| error.to_string())
    }

    #[test]
    fn members_go_by_either_name() {
        let expected = Line {
            id: Some("7".to_owned()),
            title: "t".to_owned(),
            description: "d".to_owned(),
            requester: Some("a@example.org".to_owned()),
        };
        for text in [
            r#"{"id":"7","title":"t","description":"d","requester":"a@example.org","more":[1]}"#,
            r#"{"id":7,"subject":"t","body":"d","requester":"a@example.org"}"#,
            r#"{"id":7,"title":null,"subject":"t","text":"d","requester":"a@example.org"}"#,
        ] {
            assert_eq!(line(text).as_ref(), Ok(&expected), "{text}");
        }
    }

    #[test]
    fn only_the_description_must_be_there() {
        let expected = Line {
            description: "d".to_owned(),
            ..Line::default()
        };
        for text in [
            r#"{"text":"d"}"#,
            r#"{"text":"d","id":null,"title":"","requester":" "}"#,
            r#"{"text":"d","id":" "}"#,
        ] {
            assert_eq!(line(text).as_ref(), Ok(&expected), "{text}");
        }
    }

    #[test]
    fn what_is_wrong_is_said_without_the_text() {
        for (text, reason) in [
            ("hunter2", "is not a JSON object (column 1)"),
            (r#"{"a":1"#, "is not a JSON object (column 6)"),
            (r#"["d"]"#, "is not a JSON object"),
            (r#"{"title":"t"}"#, "description is missing"),
            (r#"{"body":1}"#, "body must be text"),
            (r#"{"title":["x"],"body":"d"}"#, "title must be text"),
            (r#"{"body":"d","requester":{}}"#, "requester must be text"),
            (r#"{"body":"d","id":true}"#, "id must be text or a number"),
            (r#"{"body":"\ud800"}"#, "is not a JSON object (column 16)"),
        ] {
            assert_eq!(line(text), Err(reason.to_owned()), "{text}");
        }
        assert_eq!(Line::parse(b"{\"body\":\"\xff\"}"), Err(LineError::NotText));
    }

    #[test]
    fn lines_are_numbered_and_bounded() {
        let mut file = b"\xef\xbb\xbf{\"body\":\"first\"}\r\n\n  \n".to_vec();
        file.extend(format!("{{\"body\":\"{}\"}}\n", "x".repeat(MAX_LINE)).bytes());
        file.extend(b"{\"body\":\"last\"}");
        let length = file.len() as u64;
        let mut lines = Lines::new(&file[..]);
        let mut read = Vec::new();
        let mut bytes = 0;
        while let Some(raw) = lines.next().unwrap() {
            read.push((raw.number, raw.line.map(|line| line.description)));
            bytes = raw.bytes;
        }
        assert_eq!(
            read,
            [
                (1, Ok("first".to_owned())),
                (4, Err(LineError::TooLong)),
                (5, Ok("last".to_owned())),
            ]
        );
        assert_eq!(bytes, length);
    }

    #[test]
    fn a_line_of_just_the_limit_is_taken() {
        let frame = r#"{"body":""}"#.len();
        let exact = format!("{{\"body\":\"{}\"}}", "x".repeat(MAX_LINE - frame));
        for end in ["", "\n"] {
            let file = format!("{exact}{end}");
            let mut lines = Lines::new(file.as_bytes());
            assert!(lines.next().unwrap().unwrap().line.is_ok());
            assert!(lines.next().unwrap().is_none());
        }
    }
}
