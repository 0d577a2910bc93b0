//! The result of a conformance case: a back end may return an error where the contract has none.

use std::{error::Error, fmt, panic::Location};

/// The result of a case. A broken promise panics, as in any test; an unexpected error ends the case.
pub type Outcome<T = ()> = Result<T, Failure>;

/// An error of the back end, and the line of the case that caused it.
pub struct Failure {
    error: Box<dyn Error + Send + Sync>,
    at: &'static Location<'static>,
}

impl<E: Error + Send + Sync + 'static> From<E> for Failure {
    #[track_caller]
    fn from(error: E) -> Self {
        Self {
            error: Box::new(error),
            at: Location::caller(),
        }
    }
}

impl fmt::Debug for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.at, self.error)?;
        let mut source = self.error.source();
        while let Some(error) = source {
            write!(f, ": {error}")?;
            source = error.source();
        }
        Ok(())
    }
}

/// Returns a value that must be present.
#[track_caller]
pub(super) fn expect_some<T>(value: Option<T>) -> T {
    match value {
        Some(value) => value,
        None => panic!("the value is missing"),
    }
}
