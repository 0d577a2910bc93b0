//! Attempts under rate limits.

use async_trait::async_trait;

use super::MemoryStore;
use crate::{
    backend::store::{AttemptStore, StoreError},
    domain::{
        limit::{self, Attempt, Limit},
        time::Timestamp,
    },
};

#[async_trait]
impl AttemptStore for MemoryStore {
    async fn attempt(
        &self,
        key: &str,
        limit: &Limit,
        now: Timestamp,
    ) -> Result<Attempt, StoreError> {
        let mut state = self.state().await?;
        let stored = state.attempts.get(key).copied();
        let (window, answer) = limit::attempt(stored, limit, now);
        state.attempts.insert(key.to_owned(), window);
        Ok(answer)
    }

    async fn forget_attempts(&self, key: &str) -> Result<(), StoreError> {
        self.state().await?.attempts.remove(key);
        Ok(())
    }
}
