//! Attempts under rate limits, counted for all processes together.

use async_trait::async_trait;
#[cfg(any(feature = "mock", feature = "testing"))]
use macro_rules_attr::extend;

use super::StoreError;
#[cfg(any(feature = "mock", feature = "testing"))]
use crate::backend::delegation::delegable;
use crate::domain::{
    limit::{Attempt, Limit},
    time::Timestamp,
};

/// Attempts under rate limits.
#[cfg_attr(any(feature = "mock", feature = "testing"), extend(delegable))]
#[cfg_attr(feature = "mock", mockall::automock)]
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
