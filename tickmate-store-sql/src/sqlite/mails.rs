//! Mails: one row for each event, kind and recipient.

use async_trait::async_trait;
use sqlx::{SqliteConnection, sqlite::SqliteRow};
use tickmate_core::{
    backend::store::{MailStore, MailUpdate, StoreError},
    domain::{
        email::Email,
        id::{EventId, TicketId, TokenId, UserId},
        mail::{Mail, MailKey, MailPlace, MailStatus},
        page::Page,
        time::Timestamp,
        user::TokenPurpose,
    },
};

use super::{
    SqliteStore,
    error::store_error,
    row::{Columns, json},
    unreadable::RowKey,
    writer::UnitError,
};

/// Mails of one event are one to logs.
const ROW: RowKey = RowKey {
    table: "mails",
    column: "event",
};

macro_rules! columns {
    () => {
        "event, kind, recipient, status, unanswered, created_at, updated_at, ticket, token, token_purpose, \
         address, name, subject, detail, earlier, text, html"
    };
}

const ONE: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM mails WHERE event = $1 AND kind = $2 AND recipient = $3"
);
const INSERT: &str = concat!(
    "INSERT INTO mails (",
    columns!(),
    ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)"
);
pub(super) const OF_STATUS: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM mails WHERE status = $1 \
     ORDER BY updated_at DESC, event DESC, kind DESC, recipient DESC LIMIT $2"
);
pub(super) const OF_STATUS_AFTER: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM mails WHERE status = $1 AND (updated_at, event, kind, recipient) < ($3, $4, $5, $6) \
     ORDER BY updated_at DESC, event DESC, kind DESC, recipient DESC LIMIT $2"
);
const THREAD: &str = "SELECT event, kind, recipient, created_at FROM mails \
     WHERE ticket = $1 AND address = $2 AND status IN (SELECT value FROM json_each($3))";

#[async_trait]
impl MailStore for SqliteStore {
    async fn put_mail(&self, mail: &Mail) -> Result<Mail, StoreError> {
        self.write(mail.clone(), |mail, db| Box::pin(put(mail, db)))
            .await
    }

    async fn mail(&self, key: &MailKey) -> Result<Option<Mail>, StoreError> {
        let mut reader = self.readers().acquire().await.map_err(store_error)?;
        let row = one(key, &mut reader).await.map_err(store_error)?;
        row.as_ref().map(mail).transpose()
    }

    async fn update_mail(&self, update: &MailUpdate) -> Result<bool, StoreError> {
        self.write(update.clone(), |update, db| Box::pin(apply(update, db)))
            .await
    }

    async fn count_mails(&self, to: &Email, since: Timestamp) -> Result<u64, StoreError> {
        let row = sqlx::query(
            "SELECT count(*) AS mails FROM mails \
             WHERE address = $1 AND created_at >= $2 AND status IN (SELECT value FROM json_each($3))",
        )
        .bind(to.as_str())
        .bind(since.timestamp_micros())
        .bind(counted()?)
        .fetch_one(self.readers())
        .await
        .map_err(store_error)?;
        Columns::of("mails", &row).number("mails")
    }

    async fn thread(&self, ticket: TicketId, to: &Email) -> Result<Vec<MailKey>, StoreError> {
        let query = sqlx::query(THREAD)
            .bind(ticket.as_uuid())
            .bind(to.as_str())
            .bind(counted()?);
        let place = |row: &SqliteRow| {
            let columns = Columns::of("mails", row);
            Ok((columns.moment("created_at")?, key(columns)?))
        };
        let mut thread = self.read_all(ROW, query, place).await?;
        // Keys are ordered as they are in Rust: kinds by their place in the enum, not by their word.
        thread.sort_unstable();
        Ok(thread.into_iter().map(|(_, key)| key).collect())
    }

    async fn mails(
        &self,
        status: MailStatus,
        after: Option<MailPlace>,
        limit: u32,
    ) -> Result<Page<Mail>, StoreError> {
        let query = |limit| match after.map(|after| after.order()) {
            None => sqlx::query(OF_STATUS).bind(status.as_str()).bind(limit),
            Some((updated_at, event, kind, recipient)) => sqlx::query(OF_STATUS_AFTER)
                .bind(status.as_str())
                .bind(limit)
                .bind(updated_at.timestamp_micros())
                .bind(event.as_uuid())
                .bind(kind)
                .bind(recipient.as_uuid()),
        };
        let wanted = limit.saturating_add(1);
        let mails = self.read_first(ROW, wanted, query, mail).await?;
        Ok(Page::cut(mails, limit))
    }
}

/// The words of the statuses whose mails count, as JSON.
fn counted() -> Result<String, StoreError> {
    let counted = MailStatus::ALL.into_iter().filter(|status| status.counts());
    json(&counted.map(MailStatus::as_str).collect::<Vec<_>>())
}

async fn one(key: &MailKey, db: &mut SqliteConnection) -> Result<Option<SqliteRow>, sqlx::Error> {
    sqlx::query(ONE)
        .bind(key.event.as_uuid())
        .bind(key.kind.as_str())
        .bind(key.to.as_uuid())
        .fetch_optional(db)
        .await
}

async fn put(new: &Mail, db: &mut SqliteConnection) -> Result<Mail, UnitError> {
    if let Some(row) = one(&new.key, db).await? {
        return Ok(mail(&row)?);
    }
    sqlx::query(INSERT)
        .bind(new.key.event.as_uuid())
        .bind(new.key.kind.as_str())
        .bind(new.key.to.as_uuid())
        .bind(new.status.as_str())
        .bind(new.unanswered)
        .bind(new.created_at.timestamp_micros())
        .bind(new.updated_at.timestamp_micros())
        .bind(new.ticket.map(|id| id.as_uuid()))
        .bind(new.token.map(|(id, _)| id.as_uuid()))
        .bind(new.token.map(|(_, purpose)| purpose.as_str()))
        .bind(new.to.as_str())
        .bind(&new.to_name)
        .bind(&new.subject)
        .bind(&new.detail)
        .bind(json(&new.references)?)
        .bind(&new.text)
        .bind(&new.html)
        .execute(db)
        .await?;
    Ok(new.clone())
}

async fn apply(update: &MailUpdate, db: &mut SqliteConnection) -> Result<bool, UnitError> {
    let Some(row) = one(&update.key, db).await? else {
        return Err(UnitError::Refused(StoreError::NotFound));
    };
    let status: MailStatus = Columns::of("mails", &row).word("status")?;
    if status.is_final() {
        return Ok(false);
    }
    sqlx::query(
        "UPDATE mails SET status = $4, unanswered = $5, detail = $6, updated_at = $7 \
         WHERE event = $1 AND kind = $2 AND recipient = $3",
    )
    .bind(update.key.event.as_uuid())
    .bind(update.key.kind.as_str())
    .bind(update.key.to.as_uuid())
    .bind(update.status.as_str())
    .bind(update.unanswered)
    .bind(&update.detail)
    .bind(update.at.timestamp_micros())
    .execute(db)
    .await?;
    Ok(true)
}

fn key(columns: Columns<'_>) -> Result<MailKey, StoreError> {
    Ok(MailKey {
        event: columns.id("event", EventId::from_uuid)?,
        kind: columns.word("kind")?,
        to: columns.id("recipient", UserId::from_uuid)?,
    })
}

fn mail(row: &SqliteRow) -> Result<Mail, StoreError> {
    let columns = Columns::of("mails", row);
    let token = match (
        columns.maybe_id("token", TokenId::from_uuid)?,
        columns.maybe_tag::<TokenPurpose>("token_purpose")?,
    ) {
        (Some(id), Some(purpose)) => Some((id, purpose)),
        (None, None) => None,
        _ => return Err(columns.corrupt("token")),
    };
    Ok(Mail {
        key: key(columns)?,
        to: columns.word("address")?,
        to_name: columns.get("name")?,
        subject: columns.get("subject")?,
        text: columns.get("text")?,
        html: columns.get("html")?,
        ticket: columns.maybe_id("ticket", TicketId::from_uuid)?,
        references: columns.json("earlier")?,
        token,
        status: columns.word("status")?,
        unanswered: columns.get("unanswered")?,
        detail: columns.get("detail")?,
        created_at: columns.moment("created_at")?,
        updated_at: columns.moment("updated_at")?,
    })
}
