//! What belongs to the desk as a whole: settings that it makes itself, cleaning up, and whether the store answers.

use async_trait::async_trait;
#[cfg(any(feature = "mock", feature = "testing"))]
use macro_rules_attr::extend;

use super::StoreError;
#[cfg(any(feature = "mock", feature = "testing"))]
use crate::backend::delegation::delegable;
use crate::domain::time::Timestamp;

/// How many rows were cleaned up.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Cleaned {
    /// Sessions that had ended.
    pub sessions: u64,
    /// Keys of requests.
    pub request_keys: u64,
    /// Attempts under rate limits.
    pub attempts: u64,
}

/// The most bytes of one part of a blob.
pub const MAX_BLOB_PART: usize = 512 * 1024;

/// A group of parts of a blob.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlobGroup {
    /// The name under which the parts were put.
    pub name: String,
    /// When the newest of them was put.
    pub put_at: Timestamp,
}

/// What belongs to the desk as a whole.
#[cfg_attr(any(feature = "mock", feature = "testing"), extend(delegable))]
#[cfg_attr(feature = "mock", mockall::automock)]
#[async_trait]
pub trait SystemStore: Send + Sync {
    /// Returns the value that the desk wrote under this name.
    ///
    /// A **read**.
    async fn value(&self, name: &str) -> Result<Option<String>, StoreError>;

    /// Writes a value under a name, or removes it.
    ///
    /// A **change**.
    async fn put_value<'store, 'name, 'value>(
        &'store self,
        name: &'name str,
        value: Option<&'value str>,
    ) -> Result<(), StoreError>;

    /// Writes a value under a name if the present one is `expected` (none: there is none), and returns whether it did.
    /// Of many at once that expect the same, one does.
    ///
    /// A **change**.
    async fn replace_value<'store, 'name, 'expected, 'value>(
        &'store self,
        name: &'name str,
        expected: Option<&'expected str>,
        value: &'value str,
    ) -> Result<bool, StoreError>;

    /// Writes a part of a blob, in place of the one of the same group and number.
    ///
    /// A **change**.
    ///
    /// # Errors
    /// [`StoreError::Full`] for more than [`MAX_BLOB_PART`] bytes.
    async fn put_blob(
        &self,
        group: &str,
        part: u32,
        bytes: &[u8],
        at: Timestamp,
    ) -> Result<(), StoreError>;

    /// Returns a part of a blob.
    ///
    /// A **read**.
    async fn blob(&self, group: &str, part: u32) -> Result<Option<Vec<u8>>, StoreError>;

    /// Returns every group that has a part, in the order of their names. There are few.
    ///
    /// A **read**.
    async fn blob_groups(&self) -> Result<Vec<BlobGroup>, StoreError>;

    /// Removes the parts of a group, and returns how many it removed.
    ///
    /// A **sweep**.
    async fn remove_blobs(&self, group: &str) -> Result<u64, StoreError>;

    /// Removes sessions that expired or were last used before `idle_before`, keys of requests older than
    /// `keys_before`, and the attempts of windows that began before `attempts_before`.
    ///
    /// A **sweep**.
    async fn clean(
        &self,
        now: Timestamp,
        idle_before: Timestamp,
        keys_before: Timestamp,
        attempts_before: Timestamp,
    ) -> Result<Cleaned, StoreError>;

    /// Returns how many records this process has found unreadable since it opened the store: damaged ones, and those of
    /// a newer version. Lists skip them, and log each once.
    ///
    /// A **read**.
    fn unreadable_records(&self) -> u64;

    /// Returns once the store can read; and, after a write failed because the storage was full or unavailable, once it
    /// can write again. It then tries a write of its own, at most one a second, and is an error until one succeeds.
    ///
    /// A **read**.
    async fn ping(&self) -> Result<(), StoreError>;
}
