//! Writes the start and the end of model calls.

use sqlx::{Sqlite, SqliteConnection, query::Query, sqlite::SqliteArguments};
use tickmate_core::{
    backend::store::{StoreError, Unique},
    domain::{
        models::{Budget, ModelCall, Spent},
        time::Date,
    },
};

use crate::sqlite::{
    row::{Columns, int},
    writer::UnitError,
};

/// The columns that the end of a call writes, in the order of [`bind`], after the id.
macro_rules! end_columns {
    () => {
        "outcome, prompt_tokens, cached_tokens, output_tokens, micros, cache_hit, answer"
    };
}
macro_rules! end_values {
    () => {
        "$2, $3, $4, $5, $6, $7, $8"
    };
}

pub(in crate::sqlite) const KNOWN: &str = "SELECT EXISTS (SELECT 1 FROM model_calls WHERE id = $1)";
const INSERT: &str = concat!(
    "INSERT INTO model_calls (id, ",
    end_columns!(),
    ", task, ticket, begun_at, reserved_tokens, day, provider, model, key) VALUES ($1, ",
    end_values!(),
    ", $9, $10, $11, $12, $13, $14, $15, $16)"
);
pub(in crate::sqlite) const END: &str = concat!(
    "UPDATE model_calls SET (",
    end_columns!(),
    ") = (",
    end_values!(),
    ") WHERE id = $1 AND outcome IS NULL"
);
pub(in crate::sqlite) const OPEN: &str =
    "SELECT day, reserved_tokens FROM model_calls WHERE id = $1 AND outcome IS NULL";
const PUT_SPENT: &str = "INSERT INTO model_days (day, calls, tokens) VALUES ($1, $2, $3) \
     ON CONFLICT (day) DO UPDATE SET calls = excluded.calls, tokens = excluded.tokens";
pub(in crate::sqlite) const FORGET_CALLS: &str = "DELETE FROM model_calls WHERE rowid IN \
     (SELECT rowid FROM model_calls WHERE begun_at < $1 LIMIT $3)";
pub(in crate::sqlite) const FORGET_ANSWERS: &str = "UPDATE model_calls SET answer = NULL WHERE rowid IN \
     (SELECT rowid FROM model_calls WHERE answer IS NOT NULL AND begun_at < $1 LIMIT $3)";

pub(super) async fn begin(
    call: &ModelCall,
    budget: &Budget,
    day: Date,
    db: &mut SqliteConnection,
) -> Result<bool, UnitError> {
    let known = sqlx::query_scalar(KNOWN).bind(call.id.as_uuid());
    if known.fetch_one(&mut *db).await? {
        return Err(UnitError::Refused(StoreError::Taken(Unique::Call)));
    }
    let day = day.to_string();
    let spent = load_spent(&day, db).await?;
    let before = spent.unwrap_or_default();
    if call.end.is_none() && !budget.allows(before, call.reserved_tokens) {
        return Ok(false);
    }
    let after = before.after_begin(call);
    if spent.is_none() || after != before {
        put_spent(&day, after, db).await?;
    }
    bind(INSERT, call)
        .bind(call.task.as_str())
        .bind(call.ticket.map(|id| id.as_uuid()))
        .bind(call.begun_at.timestamp_micros())
        .bind(int(call.reserved_tokens))
        .bind(day.to_string())
        .bind(&call.provider)
        .bind(&call.model)
        .bind(&call.key)
        .execute(db)
        .await?;
    Ok(true)
}

pub(super) async fn end(call: &ModelCall, db: &mut SqliteConnection) -> Result<(), UnitError> {
    let Some(end) = &call.end else {
        return Ok(());
    };
    let open = sqlx::query(OPEN).bind(call.id.as_uuid());
    let Some(open) = open.fetch_optional(&mut *db).await? else {
        return Ok(());
    };
    bind(END, call).execute(&mut *db).await?;
    let columns = Columns::of("model_calls", &open);
    let (day, reserved): (String, _) = (columns.get("day")?, columns.number("reserved_tokens")?);
    if let Some(spent) = load_spent(&day, db).await? {
        put_spent(&day, spent.after_end(reserved, end), db).await?;
    }
    Ok(())
}

/// Deletes the counters of the days before `day`.
pub(super) async fn forget_days(day: &str, db: &mut SqliteConnection) -> Result<(), UnitError> {
    sqlx::query("DELETE FROM model_days WHERE day < $1")
        .bind(day)
        .execute(db)
        .await?;
    Ok(())
}

async fn load_spent(day: &str, db: &mut SqliteConnection) -> Result<Option<Spent>, UnitError> {
    let row = sqlx::query("SELECT calls, tokens FROM model_days WHERE day = $1")
        .bind(day)
        .fetch_optional(db)
        .await?;
    let Some(row) = row else {
        return Ok(None);
    };
    let columns = Columns::of("model_days", &row);
    Ok(Some(Spent {
        calls: columns.number("calls")?,
        tokens: columns.number("tokens")?,
    }))
}

async fn put_spent(day: &str, spent: Spent, db: &mut SqliteConnection) -> Result<(), UnitError> {
    sqlx::query(PUT_SPENT)
        .bind(day)
        .bind(int(spent.calls))
        .bind(int(spent.tokens))
        .execute(db)
        .await?;
    Ok(())
}

/// Binds a call's id and, if it has ended, its end.
fn bind<'q>(statement: &'static str, call: &'q ModelCall) -> Query<'q, Sqlite, SqliteArguments> {
    let end = call.end.as_ref();
    sqlx::query(statement)
        .bind(call.id.as_uuid())
        .bind(end.map(|end| end.outcome.as_str()))
        .bind(end.map(|end| int(end.usage.prompt_tokens)))
        .bind(end.map(|end| int(end.usage.cached_tokens)))
        .bind(end.map(|end| int(end.usage.output_tokens)))
        .bind(end.map(|end| int(end.micros)))
        .bind(end.map(|end| end.cache_hit))
        .bind(end.and_then(|end| end.answer.as_deref()))
}
