//! The error of an event handler.

use std::{error::Error, fmt};

use crate::{
    backend::BoxError,
    domain::time::{Span, Timestamp},
};

/// The longest delay that a handler can request. Without this limit a delivery could stay pending forever.
const LONGEST_DELAY: Span = Span::days(7);

/// The error of a delivery that failed.
#[derive(Debug)]
pub struct HandlerError {
    message: String,
    source: Option<BoxError>,
    next: NextAttempt,
}

/// What the handler requests for the next attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum NextAttempt {
    ByPolicy,
    At(Timestamp),
    After(Span),
    Never,
}

impl HandlerError {
    /// Makes an error that is retried with growing delays. The message is logged and shown to admins: it must not
    /// contain secrets.
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

    /// Requests the next attempt at this time, at most 7 days from now. The error counts towards the limit after which
    /// the delivery is dead.
    #[must_use]
    pub const fn retry_at(mut self, at: Timestamp) -> Self {
        self.next = NextAttempt::At(at);
        self
    }

    /// Requests the next attempt after this delay, at most 7 days. The error counts towards the limit after which the
    /// delivery is dead.
    #[must_use]
    pub const fn retry_after(mut self, delay: Span) -> Self {
        self.next = NextAttempt::After(delay);
        self
    }

    /// Marks the error as permanent: no attempt can succeed, and the delivery is dead.
    #[must_use]
    pub const fn permanent(mut self) -> Self {
        self.next = NextAttempt::Never;
        self
    }

    /// Returns whether no attempt can succeed.
    pub const fn is_permanent(&self) -> bool {
        matches!(self.next, NextAttempt::Never)
    }

    /// Returns the time of the next attempt, if the handler requested one: not before now, and at most
    /// [`LONGEST_DELAY`] from now.
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
