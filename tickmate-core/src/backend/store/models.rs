//! Calls of models: what they cost, and their answers, so that a question is paid for once.

use async_trait::async_trait;
#[cfg(any(feature = "mock", feature = "testing"))]
use macro_rules_attr::extend;

use super::StoreError;
#[cfg(any(feature = "mock", feature = "testing"))]
use crate::backend::delegation::delegable;
use crate::domain::{
    models::{Budget, CallQuery, ModelCall, UsageLine},
    time::{Date, Timestamp},
};

/// Calls of models. Counts beyond 2⁶³ - 1 may be kept as that, and sums end at the largest number.
#[cfg_attr(any(feature = "mock", feature = "testing"), extend(delegable))]
#[cfg_attr(feature = "mock", mockall::automock)]
#[async_trait]
pub trait ModelStore: Send + Sync {
    /// Records that a call begins on this day, unless what was spent on the day leaves no room for it
    /// ([`Budget::allows`]). Returns whether it began; a call that did not leaves no trace. Of many at once no more begin
    /// than there is room for.
    ///
    /// The store keeps one counter a day ([`Spent`](crate::domain::models::Spent)): a call that has not ended counts with
    /// the tokens that it reserves, one that has with those that it used, and one whose answer was in the store not at
    /// all. A call that is recorded with its end always begins.
    ///
    /// A **change**.
    ///
    /// # Errors
    /// [`StoreError::Taken`] with [`Unique::Call`](super::Unique::Call) where there is a call of this id already, also
    /// for the same call made again after [`StoreError::Unavailable`] if it had begun.
    async fn begin_call(
        &self,
        call: &ModelCall,
        budget: &Budget,
        day: Date,
    ) -> Result<bool, StoreError>;

    /// Records how a call ended, and nothing else of it, and counts what it used on the day on which it began. Recorded
    /// again, without an end, or for a call that is not there, it changes nothing.
    ///
    /// A **change**.
    async fn end_call(&self, call: &ModelCall) -> Result<(), StoreError>;

    /// Returns the newest call of this key that has an answer (by `begun_at`, then by id), with any outcome.
    ///
    /// A **read**.
    async fn answered_call(&self, key: &str) -> Result<Option<ModelCall>, StoreError>;

    /// Returns calls, the newest first (by `begun_at`, then by id). After a call that is unknown or was forgotten there
    /// are none: the oldest are forgotten first.
    ///
    /// A **read**.
    async fn model_calls(&self, query: &CallQuery) -> Result<Vec<ModelCall>, StoreError>;

    /// Sums up the calls begun from `from` on and before `to`, a line for each provider, model, outcome and whether the
    /// store had the answer, in no particular order. Calls under way cost nothing yet.
    ///
    /// A **read**.
    async fn model_usage(
        &self,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Vec<UsageLine>, StoreError>;

    /// Forgets the answers of calls begun before `answers_before`, and calls begun before `calls_before`, ended or not,
    /// with the counters of the days before that one. Returns how many calls were forgotten; where it returns 0, no answer
    /// or counter is left to forget either.
    ///
    /// A **sweep**.
    async fn forget_calls(
        &self,
        answers_before: Timestamp,
        calls_before: Timestamp,
    ) -> Result<u64, StoreError>;
}
