//! Calls of models: what they cost, and their answers, so that no question is paid for twice.

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

/// Stores calls of models. Counts beyond 2⁶³ - 1 may be stored as that number, and sums saturate.
#[cfg_attr(any(feature = "mock", feature = "testing"), extend(delegable))]
#[cfg_attr(feature = "mock", mockall::automock)]
#[async_trait]
pub trait ModelStore: Send + Sync {
    /// Records that a call begins on this day, unless the calls of the day leave no room for it ([`Budget::allows`]).
    /// Returns whether it began; a refused call leaves no trace. Concurrent calls begin only as long as there is room for
    /// each.
    ///
    /// The store keeps one counter a day ([`Spent`](crate::domain::models::Spent)): a running call counts with the tokens
    /// that it reserves, an ended one with those that it used, and one whose answer was in the store not at all. A call that
    /// is recorded together with its end always begins.
    ///
    /// A **change**.
    ///
    /// # Errors
    /// [`StoreError::Taken`] with [`Unique::Call`](super::Unique::Call) if there is a call of this id already. That includes
    /// the same call repeated after [`StoreError::Unavailable`] if it had begun.
    async fn begin_call(
        &self,
        call: &ModelCall,
        budget: &Budget,
        day: Date,
    ) -> Result<bool, StoreError>;

    /// Records how a call ended, and nothing else of it, and counts what it used on the day on which it began. Changes
    /// nothing if the end is already recorded, if `call` has no end, or if the call does not exist.
    ///
    /// A **change**.
    async fn end_call(&self, call: &ModelCall) -> Result<(), StoreError>;

    /// Returns the newest call of this key that has an answer (by `begun_at`, then by id), with any outcome.
    ///
    /// A **read**.
    async fn answered_call(&self, key: &str) -> Result<Option<ModelCall>, StoreError>;

    /// Returns calls, the newest first (by `begun_at`, then by id). After a call that is unknown or deleted the list is
    /// empty: the oldest calls are deleted first.
    ///
    /// A **read**.
    async fn model_calls(&self, query: &CallQuery) -> Result<Vec<ModelCall>, StoreError>;

    /// Sums up the calls that began from `from` until before `to`, in no particular order: one line for each combination of
    /// provider, model, outcome and whether the store had the answer. Running calls cost nothing yet.
    ///
    /// A **read**.
    async fn model_usage(
        &self,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Vec<UsageLine>, StoreError>;

    /// Deletes the answers of calls that began before `answers_before`, and calls that began before `calls_before`, ended or
    /// not, with the counters of the days before that one. Returns how many calls were deleted; 0 means that no answer or
    /// counter is left to delete either.
    ///
    /// A **sweep**.
    async fn forget_calls(
        &self,
        answers_before: Timestamp,
        calls_before: Timestamp,
    ) -> Result<u64, StoreError>;
}
