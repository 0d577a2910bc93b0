//! Why a delivery failed.

use std::{error::Error, fmt};

use crate::{
    backend::BoxError,
    domain::time::{Span, Timestamp},
};

/// The longest delay that a handler can ask for. A moment far ahead would keep the delivery from ever being tried or dead.
const LONGEST_DELAY: Span = Span::days(7);

/// Why a handler did not deliver an event.
#[derive(Debug)]
pub struct HandlerError {
    message: String,
    source: Option<BoxError>,
    next: NextAttempt,
}

/// What the handler says about the next attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum NextAttempt {
    ByPolicy,
    At(Timestamp),
    After(Span),
    Never,
}

impl HandlerError {
    /// Makes an error that is retried with growing delays. The message is logged and shown to admins: no secrets.
    pub fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            source: None,
            next: NextAttempt::ByPolicy,
        }
    }

    /// Adds the cause.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<BoxError>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// Asks for the next attempt at this moment, at most 7 days from now. The error counts towards those after which the
    /// delivery is dead.
    #[must_use]
    pub const fn retry_at(mut self, at: Timestamp) -> Self {
        self.next = NextAttempt::At(at);
        self
    }

    /// Asks for the next attempt after this time, at most 7 days. The error counts towards those after which the delivery
    /// is dead.
    #[must_use]
    pub const fn retry_after(mut self, delay: Span) -> Self {
        self.next = NextAttempt::After(delay);
        self
    }

    /// Says that no attempt can succeed: the delivery is dead.
    #[must_use]
    pub const fn permanent(mut self) -> Self {
        self.next = NextAttempt::Never;
        self
    }

    /// Returns whether no attempt can succeed.
    pub const fn is_permanent(&self) -> bool {
        matches!(self.next, NextAttempt::Never)
    }

    /// Returns the moment of the next attempt, where the handler named one: from now on, and within [`LONGEST_DELAY`].
    pub(super) fn next_attempt(&self, now: Timestamp) -> Option<Timestamp> {
        let delay = match self.next {
            NextAttempt::At(at) => at - now,
            NextAttempt::After(delay) => delay,
            NextAttempt::ByPolicy | NextAttempt::Never => return None,
        };
        now.checked_add_signed(delay.clamp(Span::zero(), LONGEST_DELAY))
    }
}

impl fmt::Display for HandlerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl Error for HandlerError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match &self.source {
            Some(source) => Some(source.as_ref()),
            None => None,
        }
    }
}
