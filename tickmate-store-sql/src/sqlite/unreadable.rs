//! Handles rows that can't be read (damaged rows, and values of a newer version): lists skip them, and each is
//! counted and logged once.

use std::{
    collections::HashSet,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use futures_util::{FutureExt, future::BoxFuture};
use sqlx::{
    Row, Sqlite,
    query::Query,
    sqlite::{SqliteArguments, SqliteRow},
};
use tickmate_core::backend::store::StoreError;
use uuid::Uuid;

use super::{File, error::store_error};

/// The maximum number of records that are remembered. Further ones are neither counted nor logged.
const MAX_REMEMBERED: usize = 10_000;

/// The column that identifies a row in logs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct RowKey {
    pub(super) table: &'static str,
    pub(super) column: &'static str,
}

/// The records that this process could not read.
#[derive(Debug, Default)]
pub(super) struct Unreadable {
    count: AtomicU64,
    known: Mutex<HashSet<(RowKey, String)>>,
}

impl Unreadable {
    pub(super) fn count(&self) -> u64 {
        self.count.load(Ordering::Relaxed)
    }

    pub(super) fn note_all(&self, key: RowKey, rows: &[(&SqliteRow, StoreError)]) {
        for (row, error) in rows {
            self.note(key, row, error);
        }
    }

    /// Counts and logs a row, unless it was counted before.
    pub(super) fn note(&self, key: RowKey, row: &SqliteRow, error: &StoreError) {
        let id = id_of(row, key.column);
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() < MAX_REMEMBERED && known.insert((key, id.clone())) {
            self.count.fetch_add(1, Ordering::Relaxed);
            tracing::warn!(table = key.table, record = id, %error, "skipped a stored record that can't be read");
        }
    }
}

impl File {
    /// Reads the rows of a list and skips those that can't be read.
    pub(super) fn readable<T>(
        &self,
        key: RowKey,
        rows: &[SqliteRow],
        map: impl Fn(&SqliteRow) -> Result<T, StoreError>,
    ) -> Vec<T> {
        let (items, skipped) = partition_readable(rows, &map);
        self.unreadable.note_all(key, &skipped);
        items
    }

    /// Reads at most the first `wanted` readable rows of one list, see [`File::first_readable`].
    pub(super) async fn read_first<'q, T>(
        &self,
        key: RowKey,
        wanted: u32,
        query: impl Fn(i64) -> Query<'q, Sqlite, SqliteArguments>,
        map: impl Fn(&SqliteRow) -> Result<T, StoreError>,
    ) -> Result<Vec<T>, StoreError> {
        let fetch = |limit| query(limit).fetch_all(&self.readers).boxed();
        let mut items = self.first_readable(key, wanted, fetch, map).await?;
        items.truncate(wanted as usize);
        Ok(items)
    }

    /// Reads the first `wanted` readable rows of a list. Fetches more rows if some of them can't be read, so that
    /// fewer items are returned only at the end of the list. `fetch` returns the first rows of the list, up to a
    /// limit; a union of several lists may return the first rows of each.
    pub(super) async fn first_readable<'a, T>(
        &self,
        key: RowKey,
        wanted: u32,
        fetch: impl Fn(i64) -> BoxFuture<'a, Result<Vec<SqliteRow>, sqlx::Error>>,
        map: impl Fn(&SqliteRow) -> Result<T, StoreError>,
    ) -> Result<Vec<T>, StoreError> {
        let mut limit = i64::from(wanted);
        loop {
            let rows = fetch(limit).await.map_err(store_error)?;
            let (items, skipped) = partition_readable(&rows, &map);
            match larger_limit(wanted, limit, skipped.len()) {
                Some(larger) => limit = larger,
                None => {
                    self.unreadable.note_all(key, &skipped);
                    return Ok(items);
                }
            }
        }
    }
}

/// Returns the limit for the next attempt if `skipped` of the first `limit` rows can't be read, or `None` if enough
/// rows can.
pub(super) fn larger_limit(wanted: u32, limit: i64, skipped: usize) -> Option<i64> {
    let skipped = i64::try_from(skipped).unwrap_or(i64::MAX);
    let enough = i64::from(wanted).saturating_add(skipped);
    // Allows for twice as many unreadable rows, so that many of them take few queries.
    (limit < enough).then(|| enough.saturating_add(skipped))
}

/// Splits rows into those that can be read and those that can't.
pub(super) fn partition_readable<'r, T>(
    rows: &'r [SqliteRow],
    map: &impl Fn(&SqliteRow) -> Result<T, StoreError>,
) -> (Vec<T>, Vec<(&'r SqliteRow, StoreError)>) {
    let mut items = Vec::with_capacity(rows.len());
    let mut skipped = Vec::new();
    for row in rows {
        match map(row) {
            Ok(item) => items.push(item),
            Err(error) => skipped.push((row, error)),
        }
    }
    (items, skipped)
}

/// Returns the key of a row as text for logs: a number, an id or a name.
fn id_of(row: &SqliteRow, column: &'static str) -> String {
    if let Ok(number) = row.try_get::<i64, _>(column) {
        return number.to_string();
    }
    if let Ok(id) = row.try_get::<Uuid, _>(column) {
        return id.to_string();
    }
    row.try_get(column).unwrap_or_default()
}
