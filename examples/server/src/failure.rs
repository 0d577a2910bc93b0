//! Why the process ends early: one clear line.

use std::{error::Error, fmt};

/// Why the process ends early, on one line.
#[derive(Debug)]
pub(crate) struct Failure(String);

impl Failure {
    /// A failure that is said in these words.
    pub(crate) fn new(line: impl Into<String>) -> Self {
        Self(line.into())
    }

    /// What failed, and every cause of it, with colons between.
    pub(crate) fn because(what: impl fmt::Display, error: &dyn Error) -> Self {
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
        Self(line.replace(['\n', '\r'], " "))
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
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
