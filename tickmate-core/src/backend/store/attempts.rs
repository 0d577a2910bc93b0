//! Attempts under rate limits, counted for all processes together.

use async_trait::async_trait;

use super::StoreError;
use crate::domain::{
    limit::{Attempt, Limit},
    time::Timestamp,
};

/// Attempts under rate limits.
#[async_trait]
pub trait AttemptStore: Send + Sync {
    /// Makes an attempt by the rule [`crate::domain::limit::attempt`]. Of many at once no more are allowed than would be
    /// one after the other. A key is used with one limit.
    ///
    /// A **change**.
    async fn attempt(
        &self,
        key: &str,
        limit: &Limit,
        now: Timestamp,
    ) -> Result<Attempt, StoreError>;

    /// Forgets the attempts of a key.
    ///
    /// A **change**.
    async fn forget_attempts(&self, key: &str) -> Result<(), StoreError>;
}
