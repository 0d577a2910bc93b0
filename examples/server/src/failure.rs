//! Why the process ends early: one clear line.

use std::{error::Error, fmt};

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
