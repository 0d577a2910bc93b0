//! Replies.

use sqlx::{SqliteConnection, sqlite::SqliteRow};
use tickmate_core::{
    backend::store::StoreError,
    domain::{
        id::{ReplyId, TicketId, UserId},
        reply::Reply,
    },
};

use crate::sqlite::{
    row::{Columns, int},
    unreadable::RowKey,
    writer::UnitError,
};

pub(super) const ROW: RowKey = RowKey {
    table: "replies",
    column: "id",
};

pub(super) const OF_TICKET: &str = "SELECT id, author, visibility, created_at, message FROM replies \
     WHERE ticket = (SELECT number FROM tickets WHERE id = $1) ORDER BY created_at, id";

/// Adds a reply to the ticket of this number.
pub(super) async fn insert(
    reply: &Reply,
    ticket: u64,
    db: &mut SqliteConnection,
) -> Result<(), UnitError> {
    sqlx::query(
        "INSERT INTO replies (id, ticket, author, visibility, created_at, message) \
         VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(reply.id.as_uuid())
    .bind(int(ticket))
    .bind(reply.author.as_uuid())
    .bind(reply.visibility.as_str())
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
