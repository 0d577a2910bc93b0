//! Stores mails: one row for each event, kind and recipient.

use std::collections::BTreeMap;

use async_trait::async_trait;
use sqlx::{SqliteConnection, sqlite::SqliteRow};
use tickmate_core::{
    backend::store::{MailQuery, MailRequeue, MailStore, MailUpdate, StoreError},
    domain::{
        delivery::DeliveryReport,
        email::Email,
        id::{EventId, TicketId, TokenId, UserId},
        mail::{Mail, MailKey, MailStatus},
        page::Page,
        time::Timestamp,
        token::TokenPurpose,
    },
};

use super::{
    SqliteStore,
    error::store_error,
    row::{Columns, json},
    unreadable::RowKey,
    writer::UnitError,
};

/// Logs name an unreadable mail by its event, so mails of the same event share a log entry.
const ROW: RowKey = RowKey {
    table: "mails",
    column: "event",
};

const COUNT_ROW: RowKey = RowKey {
    table: "mail_counts",
    column: "status",
};

macro_rules! columns {
    () => {
        "event, kind, recipient, status, unanswered_since, created_at, updated_at, ticket, token, token_purpose, \
         address, name, subject, reason, earlier, text, html, reference, delivery, delivery_reason, delivery_at, \
         retries, queued_at"
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
    ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, \
     $18, $19, $20, $21, $22, $23)"
);
macro_rules! list_mails {
    ($also:literal) => {
        concat!(
            "SELECT ",
            columns!(),
            " FROM mails WHERE updated_at >= $2 AND updated_at < $3",
            $also,
            " ORDER BY updated_at DESC, event DESC, kind DESC, recipient DESC LIMIT $1"
        )
    };
}

pub(super) const ALL: &str = list_mails!("");
pub(super) const ALL_AFTER: &str =
    list_mails!(" AND (updated_at, event, kind, recipient) < ($4, $5, $6, $7)");
pub(super) const OF_STATUS: &str = list_mails!(" AND status = $8");
pub(super) const OF_STATUS_AFTER: &str =
    list_mails!(" AND (updated_at, event, kind, recipient) < ($4, $5, $6, $7) AND status = $8");
pub(super) const BY_REFERENCE: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM mails WHERE reference = $1 ORDER BY created_at DESC LIMIT 1"
);
const REQUEUE: &str = "UPDATE mails SET status = 'queued', retries = $4, queued_at = $5, updated_at = $5, \
     reason = NULL, delivery = NULL, delivery_reason = NULL, delivery_at = NULL \
     WHERE event = $1 AND kind = $2 AND recipient = $3";
const REPORT: &str = "UPDATE mails SET delivery = $4, delivery_reason = $5, delivery_at = $6 \
     WHERE event = $1 AND kind = $2 AND recipient = $3";
const THREAD: &str = "SELECT event, kind, recipient, created_at FROM mails \
     WHERE ticket = $1 AND address = $2 AND status IN (SELECT value FROM json_each($3))";

#[async_trait]
impl MailStore for SqliteStore {
    async fn put_mail(&self, mail: &Mail) -> Result<Mail, StoreError> {
        self.write(mail.clone(), |mail, db| Box::pin(insert_or_load(mail, db)))
            .await
    }

    async fn mail(&self, key: &MailKey) -> Result<Option<Mail>, StoreError> {
        let mut reader = self.readers().acquire().await.map_err(store_error)?;
        let row = fetch_row(key, &mut reader).await.map_err(store_error)?;
        row.as_ref().map(mail).transpose()
    }

    async fn update_mail(&self, update: &MailUpdate) -> Result<bool, StoreError> {
        self.write(update.clone(), |update, db| {
            Box::pin(apply_update(update, db))
        })
        .await
    }

    async fn mail_by_reference(&self, reference: &str) -> Result<Option<Mail>, StoreError> {
        let row = sqlx::query(BY_REFERENCE).bind(reference);
        let row = row.fetch_optional(self.readers()).await;
        row.map_err(store_error)?.as_ref().map(mail).transpose()
    }

    async fn requeue_mail(&self, requeue: &MailRequeue) -> Result<bool, StoreError> {
        self.write(*requeue, |requeue, db| Box::pin(requeue_row(requeue, db)))
            .await
    }

    async fn report_delivery(
        &self,
        key: &MailKey,
        report: &DeliveryReport,
    ) -> Result<bool, StoreError> {
        self.write((*key, report.clone()), |(key, report), db| {
            Box::pin(apply_report(key, report, db))
        })
        .await
    }

    async fn mail_counts(&self) -> Result<BTreeMap<MailStatus, u64>, StoreError> {
        let query = sqlx::query("SELECT status, mails FROM mail_counts WHERE mails > 0");
        let count = |row: &SqliteRow| {
            let columns = Columns::of("mail_counts", row);
            Ok((columns.word("status")?, columns.number("mails")?))
        };
        let counts = self.read_all(COUNT_ROW, query, count).await?;
        Ok(counts.into_iter().collect())
    }

    async fn count_mails(&self, to: &Email, since: Timestamp) -> Result<u64, StoreError> {
        let row = sqlx::query(
            "SELECT count(*) AS mails FROM mails \
             WHERE address = $1 AND created_at >= $2 AND status IN (SELECT value FROM json_each($3))",
        )
        .bind(to.as_str())
        .bind(since.timestamp_micros())
        .bind(counted_statuses()?)
        .fetch_one(self.readers())
        .await
        .map_err(store_error)?;
        Columns::of("mails", &row).number("mails")
    }

    async fn thread(&self, ticket: TicketId, to: &Email) -> Result<Vec<MailKey>, StoreError> {
        let query = sqlx::query(THREAD)
            .bind(ticket.as_uuid())
            .bind(to.as_str())
            .bind(counted_statuses()?);
        let place = |row: &SqliteRow| {
            let columns = Columns::of("mails", row);
            Ok((columns.moment("created_at")?, key(columns)?))
        };
        let mut thread = self.read_all(ROW, query, place).await?;
        // Sorted here and not by SQL: kinds are ordered by their position in the enum, not by their stored word.
        thread.sort_unstable();
        Ok(thread.into_iter().map(|(_, key)| key).collect())
    }

    async fn mails(&self, query: &MailQuery, limit: u32) -> Result<Page<Mail>, StoreError> {
        let from = query.from.map_or(i64::MIN, |from| from.timestamp_micros());
        let to = query.to.map_or(i64::MAX, |to| to.timestamp_micros());
        let select = |limit| {
            let statement = match (query.status, query.after) {
                (None, None) => ALL,
                (None, Some(_)) => ALL_AFTER,
                (Some(_), None) => OF_STATUS,
                (Some(_), Some(_)) => OF_STATUS_AFTER,
            };
            let order = query.after.map(|after| after.order());
            sqlx::query(statement)
                .bind(limit)
                .bind(from)
                .bind(to)
                .bind(order.map(|(updated_at, ..)| updated_at.timestamp_micros()))
                .bind(order.map(|(_, event, ..)| event.as_uuid()))
                .bind(order.map(|(_, _, kind, _)| kind))
                .bind(order.map(|(.., recipient)| recipient.as_uuid()))
                .bind(query.status.map(MailStatus::as_str))
        };
        let wanted = limit.saturating_add(1);
        let mails = self.read_first(ROW, wanted, select, mail).await?;
        Ok(Page::cut(mails, limit))
    }
}

/// Returns the stored words of all statuses with `MailStatus::counts`, as JSON.
fn counted_statuses() -> Result<String, StoreError> {
    let counted = MailStatus::ALL.into_iter().filter(|status| status.counts());
    json(&counted.map(MailStatus::as_str).collect::<Vec<_>>())
}

async fn fetch_row(
    key: &MailKey,
    db: &mut SqliteConnection,
) -> Result<Option<SqliteRow>, sqlx::Error> {
    sqlx::query(ONE)
        .bind(key.event.as_uuid())
        .bind(key.kind.as_str())
        .bind(key.to.as_uuid())
        .fetch_optional(db)
        .await
}

async fn insert_or_load(new: &Mail, db: &mut SqliteConnection) -> Result<Mail, UnitError> {
    if let Some(row) = fetch_row(&new.key, db).await? {
        return Ok(mail(&row)?);
    }
    sqlx::query(INSERT)
        .bind(new.key.event.as_uuid())
        .bind(new.key.kind.as_str())
        .bind(new.key.to.as_uuid())
        .bind(new.status.as_str())
        .bind(new.unanswered_since.map(|at| at.timestamp_micros()))
        .bind(new.created_at.timestamp_micros())
        .bind(new.updated_at.timestamp_micros())
        .bind(new.ticket.map(|id| id.as_uuid()))
        .bind(new.token.map(|(id, _)| id.as_uuid()))
        .bind(new.token.map(|(_, purpose)| purpose.as_str()))
        .bind(new.to.as_str())
        .bind(&new.to_name)
        .bind(&new.subject)
        .bind(&new.reason)
        .bind(json(&new.references)?)
        .bind(&new.text)
        .bind(&new.html)
        .bind(&new.reference)
        .bind(new.delivery.as_ref().map(|report| report.delivery.as_str()))
        .bind(
            new.delivery
                .as_ref()
                .and_then(|report| report.reason.as_deref()),
        )
        .bind(
            new.delivery
                .as_ref()
                .map(|report| report.at.timestamp_micros()),
        )
        .bind(new.retries)
        .bind(new.queued_at.timestamp_micros())
        .execute(db)
        .await?;
    Ok(new.clone())
}

async fn apply_update(update: &MailUpdate, db: &mut SqliteConnection) -> Result<bool, UnitError> {
    let Some(row) = fetch_row(&update.key, db).await? else {
        return Err(UnitError::Refused(StoreError::NotFound));
    };
    let status: MailStatus = Columns::of("mails", &row).word("status")?;
    if status.is_final() {
        return Ok(false);
    }
    sqlx::query(
        "UPDATE mails SET status = $4, unanswered_since = $5, reason = $6, updated_at = $7, \
         reference = coalesce($8, reference) WHERE event = $1 AND kind = $2 AND recipient = $3",
    )
    .bind(update.key.event.as_uuid())
    .bind(update.key.kind.as_str())
    .bind(update.key.to.as_uuid())
    .bind(update.status.as_str())
    .bind(update.unanswered_since.map(|at| at.timestamp_micros()))
    .bind(&update.reason)
    .bind(update.at.timestamp_micros())
    .bind(&update.reference)
    .execute(db)
    .await?;
    Ok(true)
}

async fn requeue_row(requeue: &MailRequeue, db: &mut SqliteConnection) -> Result<bool, UnitError> {
    let key = &requeue.key;
    let Some(row) = fetch_row(key, db).await? else {
        return Err(UnitError::Refused(StoreError::NotFound));
    };
    let columns = Columns::of("mails", &row);
    let status: MailStatus = columns.word("status")?;
    let retries: u32 = columns.number("retries")?;
    if !status.can_be_retried() || retries >= requeue.retry {
        return Ok(false);
    }
    sqlx::query(REQUEUE)
        .bind(key.event.as_uuid())
        .bind(key.kind.as_str())
        .bind(key.to.as_uuid())
        .bind(requeue.retry)
        .bind(requeue.at.timestamp_micros())
        .execute(db)
        .await?;
    Ok(true)
}

async fn apply_report(
    key: &MailKey,
    report: &DeliveryReport,
    db: &mut SqliteConnection,
) -> Result<bool, UnitError> {
    let Some(row) = fetch_row(key, db).await? else {
        return Err(UnitError::Refused(StoreError::NotFound));
    };
    let stored = delivery(Columns::of("mails", &row))?;
    if !report
        .delivery
        .replaces(stored.map(|stored| stored.delivery))
    {
        return Ok(false);
    }
    sqlx::query(REPORT)
        .bind(key.event.as_uuid())
        .bind(key.kind.as_str())
        .bind(key.to.as_uuid())
        .bind(report.delivery.as_str())
        .bind(&report.reason)
        .bind(report.at.timestamp_micros())
        .execute(db)
        .await?;
    Ok(true)
}

fn delivery(columns: Columns<'_>) -> Result<Option<DeliveryReport>, StoreError> {
    let (delivery, at) = (
        columns.maybe_tag("delivery")?,
        columns.maybe_moment("delivery_at")?,
    );
    match (delivery, at) {
        (Some(delivery), Some(at)) => Ok(Some(DeliveryReport {
            delivery,
            reason: columns.get("delivery_reason")?,
            at,
        })),
        (None, None) => Ok(None),
        _ => Err(columns.corrupt("delivery")),
    }
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
        unanswered_since: columns.maybe_moment("unanswered_since")?,
        reference: columns.get("reference")?,
        reason: columns.get("reason")?,
        delivery: delivery(columns)?,
        retries: columns.number("retries")?,
        created_at: columns.moment("created_at")?,
        queued_at: columns.moment("queued_at")?,
        updated_at: columns.moment("updated_at")?,
    })
}
