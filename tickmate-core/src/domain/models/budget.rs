//! The budget: what a day's calls may come to.

use serde::{Deserialize, Serialize};

use super::{CallEnd, ModelCall};

/// What the calls of one day (UTC) may come to, all providers together.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Budget {
    /// How many calls; none: any number.
    pub calls: Option<u64>,
    /// How many tokens, of questions and answers together; none: any number.
    pub tokens: Option<u64>,
}

/// What was spent, or promised to calls that have not ended.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Spent {
    /// Calls, without those that found their answer in the store.
    pub calls: u64,
    /// Tokens: those used by calls that ended, those reserved for the others.
    pub tokens: u64,
}

impl Spent {
    /// What is spent once this call has begun.
    #[must_use]
    pub fn after_begin(self, call: &ModelCall) -> Self {
        match &call.end {
            None => self.plus(call.reserved_tokens),
            Some(end) if end.cache_hit => self,
            Some(end) => self.plus(end.usage.total()),
        }
    }

    /// What is spent once a call that had reserved so many tokens has ended like this.
    #[must_use]
    pub fn after_end(self, reserved_tokens: u64, end: &CallEnd) -> Self {
        let without = Self {
            calls: self.calls.saturating_sub(1),
            tokens: self.tokens.saturating_sub(reserved_tokens),
        };
        match end.cache_hit {
            true => without,
            false => without.plus(end.usage.total()),
        }
    }

    const fn plus(self, tokens: u64) -> Self {
        Self {
            calls: self.calls.saturating_add(1),
            tokens: self.tokens.saturating_add(tokens),
        }
    }
}

impl Budget {
    /// Whether one more call that may take so many tokens still fits.
    pub const fn allows(&self, spent: Spent, tokens: u64) -> bool {
        let calls_fit = match self.calls {
            Some(most) => spent.calls < most,
            None => true,
        };
        let tokens_fit = match self.tokens {
            Some(most) => spent.tokens.saturating_add(tokens) <= most,
            None => true,
        };
        calls_fit && tokens_fit
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_call_that_fits_is_allowed() {
        let budget = |calls, tokens| Budget { calls, tokens };
        let spent = |calls, tokens| Spent { calls, tokens };
        for (budget, spent, tokens, allowed) in [
            (
                budget(None, None),
                spent(u64::MAX, u64::MAX),
                u64::MAX,
                true,
            ),
            (budget(Some(0), None), spent(0, 0), 0, false),
            (budget(Some(2), None), spent(1, 9), 9, true),
            (budget(Some(2), None), spent(2, 9), 0, false),
            (budget(None, Some(100)), spent(7, 60), 40, true),
            (budget(None, Some(100)), spent(7, 60), 41, false),
            (budget(None, Some(100)), spent(7, u64::MAX), 1, false),
        ] {
            assert_eq!(
                budget.allows(spent, tokens),
                allowed,
                "{budget:?} {spent:?}"
            );
        }
    }
}
