//! Counters of tries.

use async_trait::async_trait;

use super::MemoryStore;
use crate::{
    backend::store::{StoreError, ThrottleStore},
    domain::{
        throttle::{self, Verdict},
        time::Timestamp,
    },
};

#[async_trait]
impl ThrottleStore for MemoryStore {
    async fn attempt(&self, key: &str, now: Timestamp) -> Result<Verdict, StoreError> {
        let mut state = self.state().await?;
        let before = state.attempts.get(key).copied();
        let (after, verdict) = throttle::attempt(before, now);
        state.attempts.insert(key.to_owned(), after);
        Ok(verdict)
    }

    async fn forget_attempts(&self, key: &str) -> Result<(), StoreError> {
        self.state().await?.attempts.remove(key);
        Ok(())
    }
}
