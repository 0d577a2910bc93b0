//! The daily budget of model calls.

use serde::{Deserialize, Serialize};

use super::{CallEnd, ModelCall};

/// The limits of one day (UTC), over all providers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Budget {
    /// The maximum number of calls; `None`: no limit.
    pub calls: Option<u64>,
    /// The maximum number of prompt and output tokens; `None`: no limit.
    pub tokens: Option<u64>,
}

/// What was spent, including reservations of calls in progress.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Spent {
    /// The number of calls, without cache hits.
    pub calls: u64,
    /// The number of tokens: those used by finished calls and those reserved by calls in progress.
    pub tokens: u64,
}

impl Spent {
    /// Returns the spending after a call has begun.
    #[must_use]
    pub fn after_begin(self, call: &ModelCall) -> Self {
        match &call.end {
            None => self.plus(call.reserved_tokens),
            Some(end) if end.cache_hit => self,
            Some(end) => self.plus(end.usage.total()),
        }
    }

    /// Returns the spending after a call that had reserved `reserved_tokens` has ended.
    #[must_use]
    pub fn after_end(self, reserved_tokens: u64, end: &CallEnd) -> Self {
        let others = Self {
            calls: self.calls.saturating_sub(1),
            tokens: self.tokens.saturating_sub(reserved_tokens),
        };
        match end.cache_hit {
            true => others,
            false => others.plus(end.usage.total()),
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
    /// Returns whether a further call with up to `tokens` tokens is within the budget.
    pub const fn allows(&self, spent: Spent, tokens: u64) -> bool {
        let calls_fit = match self.calls {
            Some(limit) => spent.calls < limit,
            None => true,
        };
        let tokens_fit = match self.tokens {
            Some(limit) => spent.tokens.saturating_add(tokens) <= limit,
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
