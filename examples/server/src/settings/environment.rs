//! Where values come from: the environment of the process, and a file `.env` beside it.

use std::{collections::HashMap, ffi::OsString, io};

use super::{
    Problem, help,
    variables::{Values, name_of},
};

/// The file that is read beside the environment.
const FILE: &str = ".env";

/// Reads the environment, and what it does not set from `.env`.
///
/// # Errors
/// A file that can't be read.
pub fn values() -> Result<Values, Vec<Problem>> {
    let text = match std::fs::read_to_string(FILE) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
        Err(error) => return Err(Problem::new(FILE, format!("can't be read: {error}")).into()),
    };
    // Editors on Windows begin files with a byte order mark.
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    let file = parse(text)?;
    let file = file.into_iter().map(|(name, value)| (name, value.into()));
    let mut values: HashMap<String, OsString> = file.collect();
    let mut dollars = dollars(text);
    for (name, value) in std::env::vars_os() {
        if !value.to_string_lossy().trim().is_empty() {
            let name = name.to_string_lossy().into_owned();
            dollars.retain(|other| *other != name);
            values.insert(name, value);
        }
    }
    let warnings = dollars.into_iter().map(|name| {
        format!("{name} has a $ in {FILE} that is read as the name of another variable: put the value into 'single quotes'")
    });
    Ok(Values::new(values, warnings.collect()))
}

/// Returns the variables whose values in such a file hold a $ that is not kept as it stands.
fn dollars(text: &str) -> Vec<String> {
    let has_dollar = |name: &str| {
        text.lines().any(|line| {
            let line = line.trim_start();
            let line = line.strip_prefix("export ").unwrap_or(line);
            let Some((given, value)) = line.split_once('=') else {
                return false;
            };
            let value = value.trim();
            let is_kept = match value.chars().next() {
                Some('\'' | '#') => true,
                Some('"') => !expands(value),
                _ => !expands(value.split(" #").next().unwrap_or(value)),
            };
            given.trim() == name && !is_kept
        })
    };
    let variables = help::all();
    let names = variables.get_arguments().map(name_of);
    let names = names.filter(|name| has_dollar(name));
    names.map(str::to_owned).collect()
}

/// Returns whether there is a $ without a backslash before it.
fn expands(value: &str) -> bool {
    let mut escaped = false;
    for c in value.chars() {
        match c {
            '$' if !escaped => return true,
            _ => escaped = c == '\\' && !escaped,
        }
    }
    false
}

/// Parses the values of such a file. Errors don't repeat its text, which may be a secret.
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
                let what = format!(
                    "can't be read: line{place} is not of the form NAME=value (values with spaces or signs in single quotes)"
                );
                return Err(Problem::new(FILE, what));
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
    fn a_dollar_that_is_not_kept_is_seen() {
        for (line, kept) in [
            ("JWT_SECRET=a$bc", false),
            ("export JWT_SECRET=\"a$bc d\"", false),
            ("JWT_SECRET=a${bc}", false),
            ("JWT_SECRET='a$bc'", true),
            ("JWT_SECRET=a\\$bc", true),
            ("JWT_SECRET=abc # for $5", true),
            ("JWT_SECRET=", true),
            ("# JWT_SECRET=a$bc", true),
            ("NOT_MINE=a$bc", true),
        ] {
            assert_eq!(dollars(line).is_empty(), kept, "{line}");
            let mut parsed = parse(line).unwrap_or_else(|error| panic!("{line}: {error}"));
            let Some(value) = parsed.remove("JWT_SECRET") else {
                continue;
            };
            assert_eq!(
                matches!(value.as_str(), "a$bc" | "abc" | ""),
                kept,
                "{value}"
            );
        }
    }

    #[test]
    fn a_wrong_line_is_named_and_not_shown() {
        let problem = parse("PORT=7000\nJWT_SECRET=hunter2 hunter3\n").unwrap_err();
        let shown = problem.to_string();
        assert!(shown.contains("line 2"), "{shown}");
        assert!(!shown.contains("hunter"), "{shown}");
    }
}
