//! Attempts under rate limits, counted across all processes.

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

/// Stores attempts under rate limits.
#[cfg_attr(any(feature = "mock", feature = "testing"), extend(delegable))]
#[cfg_attr(feature = "mock", mockall::automock)]
#[async_trait]
pub trait AttemptStore: Send + Sync {
    /// Makes an attempt by the rule [`crate::domain::limit::attempt`]. Concurrent attempts get no more permits than
    /// sequential ones would. Each key is always used with the same limit.
    ///
    /// A **change**.
    async fn attempt(
        &self,
        key: &str,
        limit: &Limit,
        now: Timestamp,
    ) -> Result<Attempt, StoreError>;

    /// Deletes the attempts of a key.
    ///
    /// A **change**.
    async fn forget_attempts(&self, key: &str) -> Result<(), StoreError>;
}
