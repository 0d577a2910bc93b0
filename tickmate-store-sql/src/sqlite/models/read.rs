//! Reads model calls and the sums of their usage.

use sqlx::sqlite::SqliteRow;
use tickmate_core::{
    backend::store::StoreError,
    domain::{
        id::{CallId, TicketId},
        models::{CallEnd, ModelCall, Usage, UsageLine},
        time::Timestamp,
    },
};
use uuid::Uuid;

use crate::sqlite::row::Columns;

const TABLE: &str = "model_calls";

macro_rules! columns {
    () => {
        "id, task, ticket, begun_at, reserved_tokens, outcome, prompt_tokens, cached_tokens, output_tokens, micros, \
         cache_hit, provider, model, key, answer"
    };
}

/// Sums a column in two halves, for `sum!`. SQLite refuses a sum of more than 63 bits, and the usage that a provider
/// reports may be any number.
macro_rules! halves {
    ($column:literal) => {
        concat!(
            "coalesce(sum(",
            $column,
            " >> 32), 0) AS ",
            $column,
            "_high, coalesce(sum(",
            $column,
            " & 4294967295), 0) AS ",
            $column,
            "_low"
        )
    };
}

/// Combines both halves of a column's sum (`halves!`) into one number, saturating at `u64::MAX`.
macro_rules! sum {
    ($columns:expr, $column:literal) => {
        join_halves(
            $columns.number(concat!($column, "_high"))?,
            $columns.number(concat!($column, "_low"))?,
        )
    };
}

pub(in crate::sqlite) const ANSWERED: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM model_calls WHERE key = $1 AND answer IS NOT NULL ORDER BY begun_at DESC, id DESC LIMIT 1"
);
pub(in crate::sqlite) const PLACE: &str = "SELECT begun_at FROM model_calls WHERE id = $1";
pub(in crate::sqlite) const PAGE: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM model_calls WHERE begun_at >= $1 AND (begun_at, id) < ($2, $3) \
     ORDER BY begun_at DESC, id DESC LIMIT $4"
);
/// Groups calls with unreadable figures separately, so that they don't spoil the sums of other calls.
pub(in crate::sqlite) const USAGE: &str = concat!(
    "SELECT provider, model, outcome, cache_hit, outcome IS NOT NULL \
     AND coalesce(min(prompt_tokens, cached_tokens, output_tokens, micros, cache_hit) < 0, 1) AS is_damaged, \
     count(*) AS calls, ",
    halves!("prompt_tokens"),
    ", ",
    halves!("cached_tokens"),
    ", ",
    halves!("output_tokens"),
    ", ",
    halves!("micros"),
    " FROM model_calls WHERE begun_at >= $1 AND begun_at < $2 \
     GROUP BY provider, model, outcome, cache_hit, is_damaged"
);

/// Returns the position that all calls begun before `to` precede, or that every call precedes if `to` is `None`.
pub(super) fn page_end(to: Option<Timestamp>) -> (i64, Uuid) {
    (to.map_or(i64::MAX, |to| to.timestamp_micros()), Uuid::nil())
}

pub(super) fn call(row: &SqliteRow) -> Result<ModelCall, StoreError> {
    let columns = Columns::of(TABLE, row);
    Ok(ModelCall {
        id: columns.id("id", CallId::from_uuid)?,
        task: columns.tag("task")?,
        ticket: columns.maybe_id("ticket", TicketId::from_uuid)?,
        provider: columns.get("provider")?,
        model: columns.get("model")?,
        key: columns.get("key")?,
        begun_at: columns.moment("begun_at")?,
        reserved_tokens: columns.number("reserved_tokens")?,
        end: end(columns)?,
    })
}

fn end(columns: Columns<'_>) -> Result<Option<CallEnd>, StoreError> {
    let Some(outcome) = columns.maybe_tag("outcome")? else {
        return Ok(None);
    };
    Ok(Some(CallEnd {
        outcome,
        usage: Usage {
            prompt_tokens: columns.number("prompt_tokens")?,
            cached_tokens: columns.number("cached_tokens")?,
            output_tokens: columns.number("output_tokens")?,
        },
        micros: columns.number("micros")?,
        cache_hit: columns.get("cache_hit")?,
        answer: columns.get("answer")?,
    }))
}

pub(super) fn usage_line(row: &SqliteRow) -> Result<UsageLine, StoreError> {
    let columns = Columns::of(TABLE, row);
    if columns.get("is_damaged")? {
        return Err(columns.corrupt("the figures of a call"));
    }
    Ok(UsageLine {
        provider: columns.get("provider")?,
        model: columns.get("model")?,
        outcome: columns.maybe_tag("outcome")?,
        cache_hit: columns
            .get::<Option<bool>>("cache_hit")?
            .unwrap_or_default(),
        calls: columns.number("calls")?,
        usage: Usage {
            prompt_tokens: sum!(columns, "prompt_tokens"),
            cached_tokens: sum!(columns, "cached_tokens"),
            output_tokens: sum!(columns, "output_tokens"),
        },
        micros: sum!(columns, "micros"),
    })
}

fn join_halves(high: u64, low: u64) -> u64 {
    let whole = (u128::from(high) << 32) + u128::from(low);
    u64::try_from(whole).unwrap_or(u64::MAX)
}
