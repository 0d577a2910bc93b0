//! Stores replies.

use chrono::DateTime;
use sqlx::{
    Sqlite, SqliteConnection,
    query::Query,
    sqlite::{SqliteArguments, SqliteRow},
};
use tickmate_core::{
    backend::store::StoreError,
    domain::{
        id::{ReplyId, TicketId, UserId},
        page::Page,
        reply::{Reply, ReplyQuery, Visibility},
        ticket_ref::TicketRef,
    },
};
use uuid::Uuid;

use super::row::select_ticket;
use crate::sqlite::{
    row::{Columns, int},
    unreadable::RowKey,
    writer::UnitError,
};

pub(super) const ROW: RowKey = RowKey {
    table: "replies",
    column: "id",
};

/// Selects the newest replies to a ticket before a position, by reading one of the two indexes of replies backwards.
/// `$public` restricts them to public replies, `$ticket` is the ticket's number, and `$at`, `$id` and `$limit` are
/// the placeholders of bound values.
macro_rules! newest {
    ($public:literal, $ticket:literal, $at:literal, $id:literal, $limit:literal) => {
        concat!(
            "SELECT id, author, visibility, created_at, message FROM replies WHERE ticket = ",
            $ticket,
            $public,
            " AND (created_at, id) < (",
            $at,
            ", ",
            $id,
            ") ORDER BY created_at DESC, id DESC LIMIT ",
            $limit
        )
    };
}
macro_rules! page {
    ($public:literal) => {
        newest!(
            $public,
            "(SELECT number FROM tickets WHERE id = $1)",
            "$2",
            "$3",
            "$4"
        )
    };
}
/// Selects a ticket and a page of its replies, as JSON in a column of the ticket's row, so that both come from one
/// snapshot.
macro_rules! with_ticket {
    ($public:literal, $where:literal) => {
        concat!(
            "SELECT *, (SELECT json_group_array(json_array(lower(hex(id)), lower(hex(author)), visibility, created_at, \
             message)) FROM (",
            newest!($public, "t.number", "$2", "$3", "$4"),
            ")) AS replies FROM (",
            select_ticket!($where),
            ") AS t"
        )
    };
}

pub(in crate::sqlite) const PAGE: &str = page!("");
pub(in crate::sqlite) const PUBLIC_PAGE: &str = page!(" AND public = 1");
pub(in crate::sqlite) const BY_ID: &str = with_ticket!("", "id = $1");
pub(in crate::sqlite) const PUBLIC_BY_ID: &str = with_ticket!(" AND public = 1", "id = $1");
const BY_NUMBER: &str = with_ticket!("", "number = $1");
const PUBLIC_BY_NUMBER: &str = with_ticket!(" AND public = 1", "number = $1");
pub(super) const ONE: &str = "SELECT id, author, visibility, created_at, message FROM replies WHERE id = $2 \
     AND ticket = (SELECT number FROM tickets WHERE id = $1)";

/// Returns the query for a page of replies, up to this limit.
pub(super) fn page(
    ticket: TicketId,
    query: &ReplyQuery,
    limit: i64,
) -> Query<'static, Sqlite, SqliteArguments> {
    let statement = match query.internal {
        true => PAGE,
        false => PUBLIC_PAGE,
    };
    bind(sqlx::query(statement).bind(ticket.as_uuid()), query, limit)
}

/// Returns the query for a ticket with a page of its replies. It reads one reply more than the limit, which shows
/// whether there are more.
pub(super) fn ticket_with_page(
    ticket: TicketRef,
    query: &ReplyQuery,
) -> Query<'static, Sqlite, SqliteArguments> {
    let statement = match (ticket, query.internal) {
        (TicketRef::Id(_), true) => BY_ID,
        (TicketRef::Id(_), false) => PUBLIC_BY_ID,
        (TicketRef::Number(_), true) => BY_NUMBER,
        (TicketRef::Number(_), false) => PUBLIC_BY_NUMBER,
    };
    let statement = sqlx::query(statement);
    let statement = match ticket {
        TicketRef::Id(id) => statement.bind(id.as_uuid()),
        TicketRef::Number(number) => statement.bind(int(number)),
    };
    bind(statement, query, i64::from(query.limit) + 1)
}

/// Binds the position and the limit.
fn bind(
    statement: Query<'static, Sqlite, SqliteArguments>,
    query: &ReplyQuery,
    limit: i64,
) -> Query<'static, Sqlite, SqliteArguments> {
    let (at, id) = match query.before {
        Some(before) => (before.created_at.timestamp_micros(), before.id.as_uuid()),
        None => (i64::MAX, Uuid::max()),
    };
    statement.bind(at).bind(id).bind(limit)
}

/// Returns the replies from a ticket's row as a page, or an error if one of them can't be read.
pub(super) fn page_from_row(
    ticket: TicketId,
    row: &SqliteRow,
    query: &ReplyQuery,
) -> Result<Page<Reply>, StoreError> {
    type Stored = (Uuid, Uuid, Visibility, i64, String);
    let columns = Columns::of("tickets", row);
    let stored: Vec<Stored> = columns.json("replies")?;
    let reply = |(id, author, visibility, created_at, message): Stored| {
        Ok(Reply {
            id: ReplyId::from_uuid(id),
            ticket,
            author: UserId::from_uuid(author),
            visibility,
            message,
            created_at: DateTime::from_timestamp_micros(created_at)
                .ok_or_else(|| columns.corrupt("replies"))?,
        })
    };
    let replies: Result<Vec<Reply>, StoreError> = stored.into_iter().map(reply).collect();
    Ok(query.page(replies?))
}

/// Inserts a reply to the ticket with this number.
pub(super) async fn insert(
    reply: &Reply,
    ticket: u64,
    db: &mut SqliteConnection,
) -> Result<(), UnitError> {
    sqlx::query(
        "INSERT INTO replies (id, ticket, author, visibility, public, created_at, message) \
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(reply.id.as_uuid())
    .bind(int(ticket))
    .bind(reply.author.as_uuid())
    .bind(reply.visibility.as_str())
    .bind(reply.visibility.is_public())
    .bind(reply.created_at.timestamp_micros())
    .bind(&reply.message)
    .execute(db)
    .await?;
    Ok(())
}

pub(super) fn reply(ticket: TicketId, row: &SqliteRow) -> Result<Reply, StoreError> {
    let columns = Columns::of("replies", row);
    Ok(Reply {
        id: columns.id("id", ReplyId::from_uuid)?,
        ticket,
        author: columns.id("author", UserId::from_uuid)?,
        visibility: columns.word("visibility")?,
        message: columns.get("message")?,
        created_at: columns.moment("created_at")?,
    })
}
