//! Why a case stopped: a back end answered with an error where the contract has none.

use std::{error::Error, fmt, panic::Location};

/// What a case comes to. A broken promise panics, as in any test; an unexpected error ends it here.
pub type Outcome<T = ()> = Result<T, Failure>;

/// An error of the back end, and the line of the case that met it.
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

/// What must be there.
#[track_caller]
pub(super) fn present<T>(value: Option<T>) -> T {
    match value {
        Some(value) => value,
        None => panic!("nothing is there"),
    }
}
