//! SQLite: one file, one writer that commits in groups, and readers beside it.

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

/// Where a queue reads the time.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// A store in one SQLite file. Clones share it; the file is closed when the last of them and of its queues is gone.
///
/// Needs a tokio runtime, and belongs to the one that it was opened on.
#[derive(Clone)]
pub struct SqliteStore {
    file: Arc<File>,
}

/// What a store and its queues share.
struct File {
    writer: Writer,
    readers: SqlitePool,
    unreadable: Unreadable,
    searchers: Searchers,
}

impl SqliteStore {
    /// Opens the file, makes it if it is not there, and brings its schema up to date. Several processes may do so
    /// at once.
    ///
    /// # Errors
    /// [`OpenError`] says why not; a schema of a newer version is refused.
    pub async fn open(settings: &SqliteSettings) -> Result<Self, OpenError> {
        let file = open::open(settings).await?;
        Ok(Self {
            file: Arc::new(file),
        })
    }

    /// A job queue in the same file, written by the same writer. "Now" is what this clock says.
    pub fn queue(&self, clock: Clock) -> SqliteQueue {
        SqliteQueue::new(Arc::clone(&self.file), clock)
    }

    /// Finishes what was asked for, moves it all into the one file, and closes it. Whatever is asked of the store
    /// or its queues afterwards is answered with `Unavailable`.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when the file was not closed in order. Nothing is lost: it is when it is opened
    /// again.
    pub async fn close(&self) -> Result<(), StoreError> {
        self.file.searchers.close().await;
        self.file.readers.close().await;
        self.file.writer.close().await
    }

    /// Hands a unit of work to the writer, see [`Writer::run`].
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

    /// Reads a list that is bounded by itself, see [`File::readable`].
    async fn read_all<T>(
        &self,
        key: RowKey,
        query: Query<'_, Sqlite, SqliteArguments>,
        map: impl Fn(&SqliteRow) -> Result<T, StoreError>,
    ) -> Result<Vec<T>, StoreError> {
        let rows = query.fetch_all(self.readers()).await.map_err(store_error)?;
        Ok(self.file.readable(key, &rows, map))
    }

    /// Reads the first rows of a list, see [`File::first_readable`]. `query` makes the query with this limit.
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
