//! Runs searches on their own connections, so that other reads always have connections, and for a bounded time.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use futures_util::future::BoxFuture;
use sqlx::{SqliteConnection, SqlitePool};
use tickmate_core::backend::store::StoreError;

use super::error::store_error;

/// The number of virtual machine instructions after which SQLite checks whether to stop.
const PROGRESS_INSTRUCTIONS: i32 = 1_000;

/// The connections for searches.
pub(super) struct Searchers {
    pool: SqlitePool,
    deadline: Duration,
}

/// Stops the statements of a search once it is dropped.
struct StopOnDrop(Arc<AtomicBool>);

impl Drop for StopOnDrop {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl Searchers {
    pub(super) const fn new(pool: SqlitePool, deadline: Duration) -> Self {
        Self { pool, deadline }
    }

    pub(super) async fn close(&self) {
        self.pool.close().await;
    }

    /// Runs a search on its own connection. SQLite stops executing it at the deadline, and when the caller drops the
    /// future.
    ///
    /// # Errors
    /// Returns [`StoreError::Overloaded`] if no connection was free, or if the search did not end before the
    /// deadline; otherwise the error of the search.
    pub(super) async fn run<T>(
        &self,
        search: impl for<'c> FnOnce(&'c mut SqliteConnection) -> BoxFuture<'c, Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
        let bounded = async {
            let mut connection = match self.pool.acquire().await {
                Err(sqlx::Error::PoolTimedOut) => return Err(StoreError::Overloaded),
                acquired => acquired.map_err(store_error)?,
            };
            let stop = StopOnDrop(Arc::default());
            let stopped = Arc::clone(&stop.0);
            let mut handle = connection.lock_handle().await.map_err(store_error)?;
            handle.set_progress_handler(PROGRESS_INSTRUCTIONS, move || {
                !stopped.load(Ordering::Relaxed)
            });
            drop(handle);
            let result = search(&mut connection).await;
            let mut handle = connection.lock_handle().await.map_err(store_error)?;
            handle.remove_progress_handler();
            result
        };
        let timeout = tokio::time::timeout(self.deadline, bounded);
        timeout.await.unwrap_or(Err(StoreError::Overloaded))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sqlite::{SqliteSettings, SqliteStore};

    const ENDLESS: &str = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) \
         SELECT count(*) FROM n";

    async fn count(store: &SqliteStore, statement: &'static str) -> Result<i64, StoreError> {
        let search = store.file.searchers.run(|connection| {
            Box::pin(async move {
                let count = sqlx::query_scalar(statement).fetch_one(connection).await;
                count.map_err(store_error)
            })
        });
        search.await
    }

    async fn open(deadline: Duration) -> (SqliteStore, tempfile::TempDir) {
        let folder = tempfile::tempdir().unwrap();
        let settings = SqliteSettings {
            readers: 1,
            searches: 1,
            search_deadline: deadline,
            ..SqliteSettings::new(folder.path().join("desk.db"))
        };
        (SqliteStore::open(&settings).await.unwrap(), folder)
    }

    /// The only connection answers again only after SQLite has stopped the endless search.
    #[tokio::test]
    async fn a_search_is_stopped_at_the_deadline() {
        let (store, _folder) = open(Duration::from_millis(300)).await;
        for _ in 0..2 {
            let endless = count(&store, ENDLESS).await;
            assert!(
                matches!(endless, Err(StoreError::Overloaded)),
                "{endless:?}"
            );
        }
        let mut next = count(&store, "SELECT 7").await;
        for _ in 0..100 {
            // Under load the connection may come back later than the deadline.
            if next.is_ok() {
                break;
            }
            next = count(&store, "SELECT 7").await;
        }
        assert_eq!(next.unwrap(), 7);
    }

    #[tokio::test]
    async fn searches_leave_the_readers_free() {
        let (store, _folder) = open(Duration::from_millis(20)).await;
        let busy = store.file.searchers.pool.acquire().await.unwrap();
        let refused = count(&store, "SELECT 7").await;
        assert!(
            matches!(refused, Err(StoreError::Overloaded)),
            "{refused:?}"
        );
        let read: i64 = sqlx::query_scalar("SELECT 7")
            .fetch_one(store.readers())
            .await
            .unwrap();
        assert_eq!(read, 7);
        drop(busy);
    }
}
