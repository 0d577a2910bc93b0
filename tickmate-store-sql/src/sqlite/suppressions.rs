//! Stores the suppression list: one row for each address.

use async_trait::async_trait;
use sqlx::{SqliteConnection, sqlite::SqliteRow};
use tickmate_core::{
    backend::store::{StoreError, SuppressionStore},
    domain::{email::Email, event::ActorId, id::UserId, page::Page, suppression::Suppression},
};

use super::{SqliteStore, error::store_error, row::Columns, unreadable::RowKey, writer::UnitError};

const ROW: RowKey = RowKey {
    table: "suppressions",
    column: "address",
};
const ONE: &str = "SELECT address, reason, since, person FROM suppressions WHERE address = $1";
const INSERT: &str = "INSERT INTO suppressions (address, reason, since, person) VALUES ($1, $2, $3, $4) \
     ON CONFLICT (address) DO NOTHING";
/// No address is empty, so every address comes after the empty text.
pub(super) const LIST: &str = "SELECT address, reason, since, person FROM suppressions WHERE address > $1 \
     ORDER BY address LIMIT $2";

#[async_trait]
impl SuppressionStore for SqliteStore {
    async fn suppress(&self, suppression: &Suppression) -> Result<Suppression, StoreError> {
        self.write(suppression.clone(), |new, db| Box::pin(insert(new, db)))
            .await
    }

    async fn suppression(&self, address: &Email) -> Result<Option<Suppression>, StoreError> {
        let row = sqlx::query(ONE).bind(address.as_str());
        let row = row.fetch_optional(self.readers()).await;
        let row = row.map_err(store_error)?;
        row.as_ref().map(suppression).transpose()
    }

    async fn unsuppress(&self, address: &Email) -> Result<bool, StoreError> {
        self.write(address.clone(), |address, db| {
            Box::pin(async move {
                let deleted = sqlx::query("DELETE FROM suppressions WHERE address = $1");
                let deleted = deleted.bind(address.as_str()).execute(db).await?;
                Ok(deleted.rows_affected() > 0)
            })
        })
        .await
    }

    async fn suppressions(
        &self,
        after: Option<Email>,
        limit: u32,
    ) -> Result<Page<Suppression>, StoreError> {
        let after = after.as_ref().map(Email::as_str).unwrap_or_default();
        let query = |limit| sqlx::query(LIST).bind(after).bind(limit);
        let wanted = limit.saturating_add(1);
        let suppressions = self.read_first(ROW, wanted, query, suppression).await?;
        Ok(Page::cut(suppressions, limit))
    }
}

async fn insert(new: &Suppression, db: &mut SqliteConnection) -> Result<Suppression, UnitError> {
    let person = match new.by {
        ActorId::User(id) => Some(id.as_uuid()),
        ActorId::System => None,
    };
    sqlx::query(INSERT)
        .bind(new.address.as_str())
        .bind(&new.reason)
        .bind(new.since.timestamp_micros())
        .bind(person)
        .execute(&mut *db)
        .await?;
    let row = sqlx::query(ONE).bind(new.address.as_str());
    Ok(suppression(&row.fetch_one(db).await?)?)
}

fn suppression(row: &SqliteRow) -> Result<Suppression, StoreError> {
    let columns = Columns::of("suppressions", row);
    let person = columns.maybe_id("person", UserId::from_uuid)?;
    Ok(Suppression {
        address: columns.word("address")?,
        reason: columns.get("reason")?,
        since: columns.moment("since")?,
        by: person.map_or(ActorId::System, ActorId::User),
    })
}
