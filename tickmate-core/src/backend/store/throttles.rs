//! Counters of tries, shared by all processes.

use async_trait::async_trait;

use super::StoreError;
use crate::domain::{throttle::Verdict, time::Timestamp};

/// Counters of tries.
#[async_trait]
pub trait ThrottleStore: Send + Sync {
    /// Counts a try by [`crate::domain::throttle::attempt`], atomically, and answers its verdict. Of many at
    /// once no more go on than would have one after the other.
    async fn attempt(&self, key: &str, now: Timestamp) -> Result<Verdict, StoreError>;

    /// Forgets the tries of a key.
    async fn forget_attempts(&self, key: &str) -> Result<(), StoreError>;
}
