//! Rows: tickets in a file of JSON Lines, with the labels that somebody gave them.

use std::{fs, path::Path};

use serde_json::{Map, Value};
use tickmate::domain::{field::Field, learn::Example, options::Options};
use tickmate_server::Failure;

/// One ticket.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Row {
    pub(crate) id: String,
    pub(crate) title: String,
    pub(crate) description: String,
    /// In the order of [`Field::ALL`].
    pub(crate) labels: [Option<String>; Field::ALL.len()],
}

impl Row {
    pub(crate) fn example(&self) -> Example<'_> {
        Example {
            id: &self.id,
            title: &self.title,
            description: &self.description,
            labels: Field::ALL.map(|field| self.label(field)),
        }
    }

    pub(crate) fn label(&self, field: Field) -> Option<&str> {
        let mut labels = Field::ALL.iter().zip(&self.labels);
        labels.find_map(|(other, label)| label.as_deref().filter(|_| *other == field))
    }

    /// Reads a line; what is wrong names the member, and never repeats the text.
    fn parse(line: &[u8]) -> Result<Self, String> {
        let text = std::str::from_utf8(line).map_err(|_| "is not UTF-8".to_owned())?;
        let members: Map<String, Value> = match serde_json::from_str(text) {
            Ok(Value::Object(members)) => members,
            Ok(_) => return Err("is not a JSON object".to_owned()),
            Err(error) => return Err(format!("is not JSON (column {})", error.column())),
        };
        let title = text_of(&members, &["title", "subject"])?;
        let description = text_of(&members, &["description", "body", "text"])?;
        if title.is_none() && description.is_none() {
            return Err("text is missing (text, or subject and body)".to_owned());
        }
        let id = match members.get("id") {
            None | Some(Value::Null) => return Err("id is missing".to_owned()),
            Some(Value::String(id)) => id.clone(),
            Some(Value::Number(id)) => id.to_string(),
            Some(_) => return Err("id must be text or a number".to_owned()),
        };
        let mut labels: [Option<String>; Field::ALL.len()] = Default::default();
        for (label, field) in labels.iter_mut().zip(Field::ALL) {
            let given = text_of(&members, &[field.as_str()])?;
            *label = given.filter(|label| !label.trim().is_empty());
        }
        Ok(Self {
            id,
            title: title.unwrap_or_default(),
            description: description.unwrap_or_default(),
            labels,
        })
    }
}

/// The first of these members that is there.
fn text_of(members: &Map<String, Value>, names: &[&str]) -> Result<Option<String>, String> {
    for name in names {
        match members.get(*name) {
            None | Some(Value::Null) => {}
            Some(Value::String(text)) => return Ok(Some(text.clone())),
            Some(_) => return Err(format!("{name} must be text")),
        }
    }
    Ok(None)
}

/// The rows of a file; blank lines are passed over.
///
/// # Errors
/// Names the file, and the line and member that can't be used.
pub(crate) fn read(path: &Path) -> Result<Vec<Row>, Failure> {
    let bytes = bytes_of(path)?;
    parse(&bytes).map_err(|problem| Failure::new(format!("{}: {problem}", path.display())))
}

fn parse(bytes: &[u8]) -> Result<Vec<Row>, String> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let lines = bytes.split(|byte| *byte == b'\n').enumerate();
    lines
        .filter(|(_, line)| !line.trim_ascii().is_empty())
        .map(|(number, line)| {
            Row::parse(line.trim_ascii())
                .map_err(|problem| format!("line {}: {problem}", number + 1))
        })
        .collect()
}

/// The options of a file; none are the dictionary's own.
///
/// # Errors
/// Names the file and what of it can't be used.
pub(crate) fn options(path: Option<&Path>) -> Result<Options, Failure> {
    let Some(path) = path else {
        return Ok(Options::default());
    };
    serde_json::from_slice(&bytes_of(path)?)
        .map_err(|error| Failure::because(path.display(), &error))
}

fn bytes_of(path: &Path) -> Result<Vec<u8>, Failure> {
    fs::read(path).map_err(|error| {
        let what = format!("{} can't be read", path.display());
        Failure::because(what, &error)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_and_labels_go_by_their_names() {
        let expected = Row {
            id: "7".to_owned(),
            title: "t".to_owned(),
            description: "d".to_owned(),
            labels: [Some("c".to_owned()), None, Some("k".to_owned()), None],
        };
        let file = "\u{feff}{\"id\":7,\"subject\":\"t\",\"body\":\"d\",\"category\":\"c\",\"type\":\"k\"}\r\n\n\
                    {\"id\":\"7\",\"title\":\"t\",\"description\":\"d\",\"category\":\"c\",\"type\":\"k\",\"skill\":\" \"}";
        assert_eq!(parse(file.as_bytes()), Ok(vec![expected.clone(), expected]));
        let row = &parse(b"{\"id\":\"a\",\"text\":\"d\",\"skill\":\"s\"}").unwrap()[0];
        assert_eq!(row.label(Field::Skill), Some("s"));
        assert_eq!(row.label(Field::Category), None);
        assert_eq!((row.title.as_str(), row.description.as_str()), ("", "d"));
    }

    #[test]
    fn a_bad_line_is_named_without_its_text() {
        for (file, problem) in [
            (
                "{\"id\":1,\"text\":\"a\"}\nhunter2",
                "line 2: is not JSON (column 1)",
            ),
            ("\n[1]", "line 2: is not a JSON object"),
            (
                "{\"id\":1}",
                "line 1: text is missing (text, or subject and body)",
            ),
            ("{\"text\":\"a\"}", "line 1: id is missing"),
            (
                "{\"id\":[],\"text\":\"a\"}",
                "line 1: id must be text or a number",
            ),
            ("{\"id\":1,\"body\":2}", "line 1: body must be text"),
            (
                "{\"id\":1,\"body\":\"\",\"priority\":2}",
                "line 1: priority must be text",
            ),
        ] {
            assert_eq!(parse(file.as_bytes()), Err(problem.to_owned()));
        }
        assert_eq!(parse(b"\xff"), Err("line 1: is not UTF-8".to_owned()));
    }
}
