//! What belongs to the desk as a whole: settings that it makes itself, cleaning up, and whether the store answers.

use async_trait::async_trait;

use super::StoreError;
use crate::domain::time::Timestamp;

/// How many rows were cleaned up.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Cleaned {
    /// Sessions that had ended.
    pub sessions: u64,
    /// Keys of requests.
    pub request_keys: u64,
    /// Counters of tries.
    pub throttles: u64,
}

/// What belongs to the desk as a whole.
#[async_trait]
pub trait SystemStore: Send + Sync {
    /// A value that the desk wrote under this name.
    async fn value(&self, name: &str) -> Result<Option<String>, StoreError>;

    /// Writes a value under a name, or removes it.
    async fn put_value(&self, name: &str, value: Option<&str>) -> Result<(), StoreError>;

    /// Writes a value under a name if the present one is `expected` (none: there is none), and answers whether it
    /// did. Of many at once that expect the same, one does.
    async fn replace_value(
        &self,
        name: &str,
        expected: Option<&str>,
        value: &str,
    ) -> Result<bool, StoreError>;

    /// Removes sessions that expired or were last used before `idle_before`, keys of requests older than
    /// `keys_before`, and counters last touched before `throttles_before`.
    async fn clean(
        &self,
        now: Timestamp,
        idle_before: Timestamp,
        keys_before: Timestamp,
        throttles_before: Timestamp,
    ) -> Result<Cleaned, StoreError>;

    /// Returns how many records this process has found unreadable since it opened the store: damaged ones, and those of
    /// a newer version. Lists skip them, and log each once.
    fn unreadable_records(&self) -> u64 {
        0
    }

    /// Answers once the store can read; and, after a write failed because the storage was full or unavailable, once it
    /// can write again. It then tries a write of its own, at most one a second, and is an error until one succeeds.
    async fn ping(&self) -> Result<(), StoreError>;
}
