//! Reads columns. A value that can't be read is an error that names table and column and shows no content.

use std::str::FromStr;

use chrono::DateTime;
use serde::{Serialize, de::DeserializeOwned};
use sqlx::{Decode, Row, Sqlite, Type, sqlite::SqliteRow};
use tickmate_core::{backend::store::StoreError, domain::time::Timestamp};
use uuid::Uuid;

/// A row of a table, read column by column.
#[derive(Clone, Copy)]
pub(super) struct Columns<'r> {
    row: &'r SqliteRow,
    table: &'static str,
}

impl<'r> Columns<'r> {
    pub(super) const fn of(table: &'static str, row: &'r SqliteRow) -> Self {
        Self { row, table }
    }

    pub(super) fn get<T>(&self, column: &'static str) -> Result<T, StoreError>
    where
        T: Decode<'r, Sqlite> + Type<Sqlite>,
    {
        self.row
            .try_get(column)
            .map_err(|error| StoreError::Corrupt {
                what: format!("{}.{column}", self.table),
                source: Some(Box::new(error)),
            })
    }

    /// Reads an id of any kind and wraps it.
    pub(super) fn id<T>(
        &self,
        column: &'static str,
        wrap: impl Fn(Uuid) -> T,
    ) -> Result<T, StoreError> {
        self.get(column).map(wrap)
    }

    pub(super) fn maybe_id<T>(
        &self,
        column: &'static str,
        wrap: impl Fn(Uuid) -> T,
    ) -> Result<Option<T>, StoreError> {
        Ok(self.get::<Option<Uuid>>(column)?.map(wrap))
    }

    /// Reads a number that is not negative and fits into `T`.
    pub(super) fn number<T: TryFrom<i64>>(&self, column: &'static str) -> Result<T, StoreError> {
        self.fits(column, self.get(column)?)
    }

    pub(super) fn maybe_number<T: TryFrom<i64>>(
        &self,
        column: &'static str,
    ) -> Result<Option<T>, StoreError> {
        let value: Option<i64> = self.get(column)?;
        value.map(|value| self.fits(column, value)).transpose()
    }

    pub(super) fn moment(&self, column: &'static str) -> Result<Timestamp, StoreError> {
        self.micros(column, self.get(column)?)
    }

    pub(super) fn maybe_moment(
        &self,
        column: &'static str,
    ) -> Result<Option<Timestamp>, StoreError> {
        let value: Option<i64> = self.get(column)?;
        value.map(|value| self.micros(column, value)).transpose()
    }

    /// Reads an enum by its `FromStr` form.
    pub(super) fn word<T: FromStr>(&self, column: &'static str) -> Result<T, StoreError> {
        let word: &str = self.get(column)?;
        word.parse().map_err(|_| self.corrupt(column))
    }

    /// Reads an enum by its serde form.
    pub(super) fn tag<T: DeserializeOwned>(&self, column: &'static str) -> Result<T, StoreError> {
        self.maybe_tag(column)?.ok_or_else(|| self.corrupt(column))
    }

    pub(super) fn maybe_tag<T: DeserializeOwned>(
        &self,
        column: &'static str,
    ) -> Result<Option<T>, StoreError> {
        let word: Option<String> = self.get(column)?;
        let tag = |word| serde_json::from_value(serde_json::Value::String(word));
        word.map(tag).transpose().map_err(|_| self.corrupt(column))
    }

    pub(super) fn json<T: DeserializeOwned>(&self, column: &'static str) -> Result<T, StoreError> {
        serde_json::from_str(self.get(column)?).map_err(|_| self.corrupt(column))
    }

    pub(super) fn maybe_json<T: DeserializeOwned>(
        &self,
        column: &'static str,
    ) -> Result<Option<T>, StoreError> {
        let text: Option<&str> = self.get(column)?;
        text.map(serde_json::from_str)
            .transpose()
            .map_err(|_| self.corrupt(column))
    }

    pub(super) fn corrupt(&self, column: &'static str) -> StoreError {
        StoreError::Corrupt {
            what: format!("{}.{column}", self.table),
            source: None,
        }
    }

    fn fits<T: TryFrom<i64>>(&self, column: &'static str, value: i64) -> Result<T, StoreError> {
        T::try_from(value).map_err(|_| self.corrupt(column))
    }

    fn micros(&self, column: &'static str, value: i64) -> Result<Timestamp, StoreError> {
        DateTime::from_timestamp_micros(value).ok_or_else(|| self.corrupt(column))
    }
}

/// Serializes a value as JSON text.
pub(super) fn json(value: &impl Serialize) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| StoreError::Corrupt {
        what: "a value that can't be serialized as JSON".to_owned(),
        source: Some(Box::new(error)),
    })
}

/// Converts a count to SQLite's integer type, saturating at `i64::MAX`.
pub(super) fn int(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

/// Returns ids as a JSON list of hexadecimal strings for `IN (SELECT unhex(value) FROM json_each($1))`, which makes
/// one statement fit any number of ids.
pub(super) fn hex_list(ids: impl Iterator<Item = Uuid>) -> String {
    let quoted: Vec<String> = ids.map(|id| format!("\"{}\"", id.simple())).collect();
    format!("[{}]", quoted.join(","))
}
