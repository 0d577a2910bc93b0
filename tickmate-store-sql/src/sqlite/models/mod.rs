//! Stores model calls: begins them within the budget, ends them once, finds them by key, and deletes old ones.

mod read;
mod write;

use async_trait::async_trait;
use tickmate_core::{
    backend::store::{ModelStore, StoreError},
    domain::{
        models::{Budget, CallQuery, ModelCall, UsageLine},
        time::{Date, Timestamp},
    },
};

#[cfg(test)]
pub(super) use self::{
    read::{ANSWERED, PAGE, PLACE, USAGE},
    write::{END, FORGET_ANSWERS, FORGET_CALLS, KNOWN, OPEN},
};
use super::{SqliteStore, error::store_error, row::Columns, unreadable::RowKey};

const ROW: RowKey = RowKey {
    table: "model_calls",
    column: "id",
};

#[async_trait]
impl ModelStore for SqliteStore {
    async fn begin_call(
        &self,
        call: &ModelCall,
        budget: &Budget,
        day: Date,
    ) -> Result<bool, StoreError> {
        let input = (call.clone(), *budget, day);
        self.write(input, |(call, budget, day), db| {
            Box::pin(write::begin(call, budget, *day, db))
        })
        .await
    }

    async fn end_call(&self, call: &ModelCall) -> Result<(), StoreError> {
        self.write(call.clone(), |call, db| Box::pin(write::end(call, db)))
            .await
    }

    async fn answered_call(&self, key: &str) -> Result<Option<ModelCall>, StoreError> {
        let row = sqlx::query(read::ANSWERED).bind(key);
        let row = row.fetch_optional(self.readers()).await;
        row.map_err(store_error)?
            .as_ref()
            .map(read::call)
            .transpose()
    }

    /// A call's position never changes, so the page shows one state although it takes two statements.
    async fn model_calls(&self, query: &CallQuery) -> Result<Vec<ModelCall>, StoreError> {
        let mut reader = self.readers().acquire().await.map_err(store_error)?;
        let mut end = read::page_end(query.to);
        if let Some(after) = query.after {
            let row = sqlx::query(read::PLACE).bind(after.as_uuid());
            let row = row.fetch_optional(&mut *reader).await;
            let Some(row) = row.map_err(store_error)? else {
                return Ok(Vec::new());
            };
            let begun_at = Columns::of("model_calls", &row).get("begun_at")?;
            end = end.min((begun_at, after.as_uuid()));
        }
        drop(reader);
        let page = |limit| {
            sqlx::query(read::PAGE)
                .bind(query.from.map_or(i64::MIN, |from| from.timestamp_micros()))
                .bind(end.0)
                .bind(end.1)
                .bind(limit)
        };
        self.read_first(ROW, query.limit, page, read::call).await
    }

    async fn model_usage(
        &self,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Vec<UsageLine>, StoreError> {
        let key = RowKey {
            column: "model",
            ..ROW
        };
        let query = sqlx::query(read::USAGE)
            .bind(from.timestamp_micros())
            .bind(to.timestamp_micros());
        self.read_all(key, query, read::usage_line).await
    }

    /// Deletes calls and answers in several units of work each, so that no other write waits long.
    async fn forget_calls(
        &self,
        answers_before: Timestamp,
        calls_before: Timestamp,
    ) -> Result<u64, StoreError> {
        let deleted = self.remove(write::FORGET_CALLS, calls_before, calls_before);
        let deleted = deleted.await?;
        let day = calls_before.date_naive().to_string();
        self.write(day, |day, db| Box::pin(write::forget_days(day, db)))
            .await?;
        self.remove(write::FORGET_ANSWERS, answers_before, answers_before)
            .await?;
        Ok(deleted)
    }
}
