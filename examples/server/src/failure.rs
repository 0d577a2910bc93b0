//! Why the process ends early: one clear line.

use std::{error::Error, fmt};

use tickmate::{desk::DeskError, domain::text::FieldError};

/// Why the process ends early, one line for each problem.
#[derive(Debug)]
pub struct Failure(Vec<String>);

impl Failure {
    /// Makes a failure of one problem, described by this line.
    pub fn new(line: impl Into<String>) -> Self {
        Self(vec![line.into()])
    }

    /// Makes a failure of several problems, one line each.
    #[expect(clippy::needless_pass_by_value, reason = "the argument of `map_err`")]
    pub fn of_all(problems: Vec<impl fmt::Display>) -> Self {
        Self(problems.iter().map(ToString::to_string).collect())
    }

    /// Makes a failure of what failed and every cause of it, with colons between.
    pub fn because(what: impl fmt::Display, error: &dyn Error) -> Self {
        let mut line = format!("{what}: {error}");
        let mut source = error.source();
        while let Some(cause) = source {
            let cause_line = cause.to_string();
            // Some errors repeat their cause in their own words.
            if !line.ends_with(&cause_line) {
                line.push_str(": ");
                line.push_str(&cause_line);
            }
            source = cause.source();
        }
        Self::new(line.replace(['\n', '\r'], " "))
    }

    /// Returns the problems, one line each.
    pub fn lines(&self) -> &[String] {
        &self.0
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join("; "))
    }
}

/// Turns an error into a [`Failure`].
pub(crate) trait Context<T> {
    /// Says what failed, and keeps every cause of it.
    ///
    /// # Errors
    /// The failure, where there was an error.
    fn context(self, what: impl fmt::Display) -> Result<T, Failure>;
}

impl<T, E: Error> Context<T> for Result<T, E> {
    fn context(self, what: impl fmt::Display) -> Result<T, Failure> {
        self.map_err(|error| Failure::because(what, &error))
    }
}

/// Makes a failure of what the desk refused, with the fields that it names.
pub(crate) fn refused(what: &str, error: &DeskError) -> Failure {
    match error {
        DeskError::Invalid(fields) => Failure::new(format!("{what}: {}", list_fields(fields))),
        other => Failure::because(what, other),
    }
}

/// Lists invalid fields and the reasons on one line.
pub(crate) fn list_fields(fields: &[FieldError]) -> String {
    let field = |error: &FieldError| format!("{} {}", error.field, error.message);
    fields.iter().map(field).collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;

    #[test]
    fn causes_stand_on_one_line_each_once() {
        let inner = io::Error::other("disk\nfull");
        let outer = io::Error::other(inner);
        let failure = Failure::because("can't open a file", &outer);
        assert_eq!(failure.to_string(), "can't open a file: disk full");
    }
}
