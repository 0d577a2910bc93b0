//! The SQLite backend: one file, one writer that commits in groups, and concurrent readers.

mod attempts;
mod error;
mod events;
mod jobs;
mod mails;
mod models;
mod open;
#[cfg(test)]
mod plans;
mod row;
mod rules;
mod search;
mod sessions;
mod settings;
mod suppressions;
mod system;
mod tickets;
mod unreadable;
mod users;
mod writer;

use std::{fmt, sync::Arc};

use futures_util::future::BoxFuture;
use sqlx::{
    Sqlite, SqliteConnection, SqlitePool,
    query::Query,
    sqlite::{SqliteArguments, SqliteRow},
};
use tickmate_core::{backend::store::StoreError, domain::time::Timestamp};

pub use self::{error::OpenError, jobs::SqliteQueue, settings::SqliteSettings};
use self::{
    error::store_error,
    search::Searchers,
    unreadable::{RowKey, Unreadable},
    writer::{UnitError, Writer},
};

/// Returns the current time for a job queue.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// A store in one SQLite file. Clones share the file. It is closed when the last clone and the last of its queues are
/// dropped.
///
/// Needs a tokio runtime, and must be used on the one that it was opened on.
#[derive(Clone)]
pub struct SqliteStore {
    file: Arc<File>,
}

/// The state that a store and its queues share.
struct File {
    writer: Writer,
    readers: SqlitePool,
    unreadable: Unreadable,
    searchers: Searchers,
}

impl SqliteStore {
    /// Opens the file, creates it if it is missing, and migrates its schema. Several processes may do so
    /// concurrently.
    ///
    /// # Errors
    /// Returns an [`OpenError`] with the reason. A schema of a newer version is refused.
    pub async fn open(settings: &SqliteSettings) -> Result<Self, OpenError> {
        let file = open::open(settings).await?;
        Ok(Self {
            file: Arc::new(file),
        })
    }

    /// Returns a job queue in the same file, with the same writer. It reads the current time from `clock`.
    pub fn queue(&self, clock: Clock) -> SqliteQueue {
        SqliteQueue::new(Arc::clone(&self.file), clock)
    }

    /// Finishes the pending requests, moves the write-ahead log into the file, and closes it. Later calls of the
    /// store and its queues return `Unavailable`.
    ///
    /// # Errors
    /// Returns [`StoreError::Unavailable`] if the file was not closed cleanly. No data is lost: the next open
    /// recovers the file.
    pub async fn close(&self) -> Result<(), StoreError> {
        self.file.searchers.close().await;
        self.file.readers.close().await;
        self.file.writer.close().await
    }

    /// Runs a unit of work on the writer, see [`Writer::run`].
    async fn write<I, T, F>(&self, input: I, work: F) -> Result<T, StoreError>
    where
        I: Send + Sync + 'static,
        T: Send + 'static,
        F: for<'u> Fn(&'u I, &'u mut SqliteConnection) -> BoxFuture<'u, Result<T, UnitError>>
            + Send
            + Sync
            + 'static,
    {
        self.file.writer.run(input, work).await
    }

    fn readers(&self) -> &SqlitePool {
        &self.file.readers
    }

    /// Reads a list whose length is bounded by its nature, see [`File::readable`].
    async fn read_all<T>(
        &self,
        key: RowKey,
        query: Query<'_, Sqlite, SqliteArguments>,
        map: impl Fn(&SqliteRow) -> Result<T, StoreError>,
    ) -> Result<Vec<T>, StoreError> {
        let rows = query.fetch_all(self.readers()).await.map_err(store_error)?;
        Ok(self.file.readable(key, &rows, map))
    }

    /// Reads the first rows of a list, see [`File::first_readable`]. `query` builds the query with a given limit.
    async fn read_first<'q, T>(
        &self,
        key: RowKey,
        wanted: u32,
        query: impl Fn(i64) -> Query<'q, Sqlite, SqliteArguments>,
        map: impl Fn(&SqliteRow) -> Result<T, StoreError>,
    ) -> Result<Vec<T>, StoreError> {
        self.file.read_first(key, wanted, query, map).await
    }
}

impl fmt::Debug for SqliteStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqliteStore").finish_non_exhaustive()
    }
}
