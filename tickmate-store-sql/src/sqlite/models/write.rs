//! How calls of models begin and end.

use sqlx::{Sqlite, SqliteConnection, query::Query, sqlite::SqliteArguments};
use tickmate_core::{
    backend::store::{StoreError, Unique},
    domain::{
        models::{Budget, ModelCall},
        time::Timestamp,
    },
};

use super::read;
use crate::sqlite::{row::int, writer::UnitError};

/// What an end writes, in the order of [`bind`], after the id.
macro_rules! ending {
    () => {
        "spent_tokens, outcome, prompt_tokens, cached_tokens, output_tokens, micros, cache_hit, answer"
    };
}
macro_rules! ended {
    () => {
        "$2, $3, $4, $5, $6, $7, $8, $9"
    };
}

pub(in crate::sqlite) const KNOWN: &str = "SELECT EXISTS (SELECT 1 FROM model_calls WHERE id = $1)";
const INSERT: &str = concat!(
    "INSERT INTO model_calls (id, ",
    ending!(),
    ", task, ticket, begun_at, reserved_tokens, provider, model, key) VALUES ($1, ",
    ended!(),
    ", $10, $11, $12, $13, $14, $15, $16)"
);
pub(in crate::sqlite) const END: &str = concat!(
    "UPDATE model_calls SET (",
    ending!(),
    ") = (",
    ended!(),
    ") WHERE id = $1 AND outcome IS NULL"
);
pub(in crate::sqlite) const FORGET_CALLS: &str = "DELETE FROM model_calls WHERE rowid IN \
     (SELECT rowid FROM model_calls WHERE begun_at < $1 LIMIT $3)";
pub(in crate::sqlite) const FORGET_ANSWERS: &str = "UPDATE model_calls SET answer = NULL WHERE rowid IN \
     (SELECT rowid FROM model_calls WHERE answer IS NOT NULL AND begun_at < $1 LIMIT $3)";

pub(super) async fn begin(
    call: &ModelCall,
    budget: &Budget,
    since: Timestamp,
    db: &mut SqliteConnection,
) -> Result<bool, UnitError> {
    let known = sqlx::query_scalar(KNOWN).bind(call.id.as_uuid());
    if known.fetch_one(&mut *db).await? {
        return Err(UnitError::Refused(StoreError::Taken(Unique::Call)));
    }
    // Where there is no budget the day's calls need not be counted.
    if call.end.is_none() && *budget != Budget::default() {
        let spent = sqlx::query(read::SPENT).bind(since.timestamp_micros());
        let spent = read::spent(&spent.fetch_one(&mut *db).await?)?;
        if !budget.allows(spent, call.reserved_tokens) {
            return Ok(false);
        }
    }
    bind(INSERT, call)
        .bind(call.task.as_str())
        .bind(call.ticket.map(|id| id.as_uuid()))
        .bind(call.begun_at.timestamp_micros())
        .bind(int(call.reserved_tokens))
        .bind(&call.provider)
        .bind(&call.model)
        .bind(&call.key)
        .execute(db)
        .await?;
    Ok(true)
}

pub(super) async fn end(call: &ModelCall, db: &mut SqliteConnection) -> Result<(), UnitError> {
    if call.end.is_some() {
        bind(END, call).execute(db).await?;
    }
    Ok(())
}

/// Binds a call's id and how it ended, if it did.
fn bind<'q>(statement: &'static str, call: &'q ModelCall) -> Query<'q, Sqlite, SqliteArguments> {
    let end = call.end.as_ref();
    sqlx::query(statement)
        .bind(call.id.as_uuid())
        .bind(spent_tokens(call))
        .bind(end.map(|end| end.outcome.as_str()))
        .bind(end.map(|end| int(end.usage.prompt_tokens)))
        .bind(end.map(|end| int(end.usage.cached_tokens)))
        .bind(end.map(|end| int(end.usage.output_tokens)))
        .bind(end.map(|end| int(end.micros)))
        .bind(end.map(|end| end.cache_hit))
        .bind(end.and_then(|end| end.answer.as_deref()))
}

/// What counts against the budget; none where the answer was in the store.
fn spent_tokens(call: &ModelCall) -> Option<i64> {
    match &call.end {
        None => Some(int(call.reserved_tokens)),
        Some(end) => (!end.cache_hit).then(|| int(end.usage.total())),
    }
}
