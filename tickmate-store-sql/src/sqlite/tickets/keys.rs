//! Stores request keys: a request that is sent again finds what it created the first time.

use sqlx::SqliteConnection;
use tickmate_core::{
    backend::store::RequestKey,
    domain::{
        id::{ReplyId, TicketId},
        time::Timestamp,
    },
};

use crate::sqlite::{
    row::{Columns, int},
    writer::UnitError,
};

/// What a request key already refers to.
pub(super) enum KeyRecord {
    /// The same request, which created this ticket.
    Ticket(CreatedTicket),
    /// The same request, which created this reply.
    Reply(ReplyId),
    /// A different request.
    OtherRequest,
}

/// The ticket that a request created.
pub(super) struct CreatedTicket {
    pub(super) ticket: TicketId,
    pub(super) number: u64,
    pub(super) created_at: Timestamp,
}

pub(super) async fn find(
    key: &RequestKey,
    db: &mut SqliteConnection,
) -> Result<Option<KeyRecord>, UnitError> {
    let row = sqlx::query(
        "SELECT fingerprint, reply, tickets.id, number, created_at FROM request_keys \
         JOIN tickets ON number = ticket WHERE actor = $1 AND route = $2 AND key = $3",
    )
    .bind(key.actor.as_uuid())
    .bind(&key.route)
    .bind(&key.key)
    .fetch_optional(db)
    .await?;
    let Some(row) = row else {
        return Ok(None);
    };
    let columns = Columns::of("request_keys", &row);
    if columns.get::<&str>("fingerprint")? != key.fingerprint {
        return Ok(Some(KeyRecord::OtherRequest));
    }
    if let Some(reply) = columns.maybe_id("reply", ReplyId::from_uuid)? {
        return Ok(Some(KeyRecord::Reply(reply)));
    }
    Ok(Some(KeyRecord::Ticket(CreatedTicket {
        ticket: columns.id("id", TicketId::from_uuid)?,
        number: columns.number("number")?,
        created_at: columns.moment("created_at")?,
    })))
}

pub(super) async fn insert(
    key: &RequestKey,
    ticket: u64,
    reply: Option<ReplyId>,
    db: &mut SqliteConnection,
) -> Result<(), UnitError> {
    sqlx::query(
        "INSERT INTO request_keys (actor, route, key, fingerprint, ticket, reply, at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(key.actor.as_uuid())
    .bind(&key.route)
    .bind(&key.key)
    .bind(&key.fingerprint)
    .bind(int(ticket))
    .bind(reply.map(|id| id.as_uuid()))
    .bind(key.at.timestamp_micros())
    .execute(db)
    .await?;
    Ok(())
}
