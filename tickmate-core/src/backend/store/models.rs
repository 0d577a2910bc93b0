//! Calls of models: what they cost, and their answers, so that a question is paid for once.

use async_trait::async_trait;

use super::StoreError;
use crate::domain::{
    models::{Budget, CallQuery, ModelCall, UsageLine},
    time::Timestamp,
};

/// Calls of models.
#[async_trait]
pub trait ModelStore: Send + Sync {
    /// Notes that a call begins, unless what was spent since this moment leaves no room for it, and answers whether it
    /// did. Of many at once no more begin than there is room for. A call that is noted with its end (one whose answer
    /// was in the store) costs nothing and always begins.
    async fn begin_call(
        &self,
        call: &ModelCall,
        budget: &Budget,
        since: Timestamp,
    ) -> Result<bool, StoreError>;

    /// Notes how a call ended. Noted again, or for a call that is not there, it changes nothing.
    async fn end_call(&self, call: &ModelCall) -> Result<(), StoreError>;

    /// The newest call of this key that has an answer.
    async fn answered_call(&self, key: &str) -> Result<Option<ModelCall>, StoreError>;

    /// Calls, the newest first (by `begun_at`, then by id).
    async fn model_calls(&self, query: &CallQuery) -> Result<Vec<ModelCall>, StoreError>;

    /// What the calls begun from `from` on and before `to` came to, a line for each provider, model, outcome and
    /// whether the store had the answer, in no particular order.
    async fn model_usage(
        &self,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Vec<UsageLine>, StoreError>;

    /// Forgets the answers of calls begun before `answers_before`, and calls begun before `calls_before`. Answers how
    /// many calls were forgotten.
    async fn forget_calls(
        &self,
        answers_before: Timestamp,
        calls_before: Timestamp,
    ) -> Result<u64, StoreError>;
}
