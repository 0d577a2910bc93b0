//! Where values come from: the environment of the process, and a file `.env` beside it.

use std::{collections::HashMap, io};

use super::{
    Problem,
    variables::{Values, all},
};

/// The file that is read beside the environment.
const FILE: &str = ".env";

/// Reads the environment, and what it does not set from `.env`.
///
/// # Errors
/// A line for each value that is no text, and for a file that can't be read.
pub(crate) fn values() -> Result<Values, Vec<Problem>> {
    let text = match std::fs::read_to_string(FILE) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
        Err(error) => return Err(vec![Problem::new(FILE, format!("can't be read: {error}"))]),
    };
    let mut values = parse(&text).map_err(|problem| vec![problem])?;
    let mut problems = Vec::new();
    for one in all() {
        #[expect(
            clippy::disallowed_methods,
            reason = "this is the one place that reads the environment"
        )]
        let value = std::env::var_os(one.name);
        match value.map(std::ffi::OsString::into_string) {
            Some(Ok(value)) if !value.trim().is_empty() => {
                values.insert(one.name.to_owned(), value);
            }
            Some(Ok(_)) | None => {}
            Some(Err(_)) => problems.push(Problem::new(one.name, "must be text in UTF-8")),
        }
    }
    match problems.is_empty() {
        true => Ok(Values::new(values)),
        false => Err(problems),
    }
}

/// The values in such a file. What stands in it is not repeated: it may be a secret.
fn parse(text: &str) -> Result<HashMap<String, String>, Problem> {
    let mut values = HashMap::new();
    for item in dotenvy::from_read_iter(text.as_bytes()) {
        match item {
            Ok((name, value)) => {
                values.insert(name, value);
            }
            Err(dotenvy::Error::LineParse(line, _)) => {
                let number = text.lines().position(|one| one.contains(line.trim()));
                let place = number.map_or_else(String::new, |index| format!(" {}", index + 1));
                return Err(Problem::new(
                    FILE,
                    format!(
                        "can't be read: line{place} is not of the form NAME=value (values with spaces or signs in single quotes)"
                    ),
                ));
            }
            Err(_) => return Err(Problem::new(FILE, "can't be read")),
        }
    }
    Ok(values)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_holds_names_and_values() {
        let values = parse("# a comment\nPORT=7000\n\nexport HOST='::1'\nEMPTY=\n").unwrap();
        assert_eq!(values["PORT"], "7000");
        assert_eq!(values["HOST"], "::1");
        assert_eq!(values["EMPTY"], "");
    }

    #[test]
    fn a_wrong_line_is_named_and_not_shown() {
        let problem = parse("PORT=7000\nJWT_SECRET=hunter2 hunter3\n").unwrap_err();
        let shown = problem.to_string();
        assert!(shown.contains("line 2"), "{shown}");
        assert!(!shown.contains("hunter"), "{shown}");
    }
}
