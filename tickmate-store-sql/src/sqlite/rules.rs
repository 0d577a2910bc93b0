//! Stores the desk's rules: one row for each kind.

use async_trait::async_trait;
use sqlx::SqliteConnection;
use tickmate_core::{
    backend::store::{RulesRecord, RulesStore, RulesWrite, RulesWritten, StoreError},
    domain::desk_rules::RulesKind,
};

use super::{
    SqliteStore,
    error::store_error,
    events,
    row::{Columns, int},
    writer::UnitError,
};

const READ: &str = "SELECT version, text FROM desk_rules WHERE kind = $1";
const INSERT: &str = "INSERT INTO desk_rules (kind, version, text) VALUES ($1, $2, $3) \
     ON CONFLICT (kind) DO NOTHING";
const UPDATE: &str =
    "UPDATE desk_rules SET version = $2, text = $3 WHERE kind = $1 AND version = $2 - 1";

#[async_trait]
impl RulesStore for SqliteStore {
    async fn rules(&self, kind: RulesKind) -> Result<Option<RulesRecord>, StoreError> {
        let row = sqlx::query(READ).bind(kind.as_str());
        let row = row.fetch_optional(self.readers()).await;
        let row = row.map_err(store_error)?;
        row.map(|row| {
            let columns = Columns::of("desk_rules", &row);
            Ok(RulesRecord {
                version: columns.number("version")?,
                text: columns.get("text")?,
            })
        })
        .transpose()
    }

    async fn write_rules(&self, write: &RulesWrite) -> Result<RulesWritten, StoreError> {
        self.write(write.clone(), |write, db| Box::pin(write_record(write, db)))
            .await
    }
}

async fn write_record(
    write: &RulesWrite,
    db: &mut SqliteConnection,
) -> Result<RulesWritten, UnitError> {
    let statement = match write.record.version {
        0 => return Ok(RulesWritten::Stale),
        1 => INSERT,
        _ => UPDATE,
    };
    let written = sqlx::query(statement)
        .bind(write.kind.as_str())
        .bind(int(write.record.version))
        .bind(write.record.text.as_str())
        .execute(&mut *db)
        .await?;
    if written.rows_affected() == 0 {
        return Ok(RulesWritten::Stale);
    }
    events::insert(&write.event, db).await?;
    Ok(RulesWritten::Written)
}
