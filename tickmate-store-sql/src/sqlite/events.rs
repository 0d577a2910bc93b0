//! Stores events, which are both audit trail and outbox. Only one writer at a time assigns `seq`, so its order is the
//! order of the commits.

use async_trait::async_trait;
use sqlx::{SqliteConnection, sqlite::SqliteRow};
use tickmate_core::{
    backend::store::{EventStore, StoreError},
    domain::{
        event::{ActorId, Event, EventKind, Parties, Subject},
        id::{EventId, ReplyId, TicketId, UserId},
        page::Page,
        time::Timestamp,
    },
};

use super::{
    SqliteStore,
    error::store_error,
    row::{Columns, hex_list, int, json},
    unreadable::RowKey,
    writer::UnitError,
};

const ROW: RowKey = RowKey {
    table: "events",
    column: "seq",
};

macro_rules! columns {
    () => {
        "seq, id, ticket, person, version, kind, actor, at, requester, assignee, notify_requester, reply, \
         changes, facts"
    };
}

pub(super) const PENDING: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM events WHERE pending = 1 AND seq > $1 ORDER BY seq LIMIT $2"
);
pub(super) const AFTER: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM events WHERE seq > $1 ORDER BY seq LIMIT $2"
);
pub(super) const LAST: &str = "SELECT coalesce(max(seq), 0) FROM events";
/// The `+` keeps SQLite from scanning all assignments in the order of their assignees. The condition on `at` bounds
/// the rows it reads.
pub(super) const ASSIGNED: &str = "SELECT assigned_to, count(*) AS number FROM events \
     WHERE assigned_to IS NOT NULL AND at >= $1 GROUP BY +assigned_to";
pub(super) const ONE: &str = concat!("SELECT ", columns!(), " FROM events WHERE id = $1");
pub(super) const OF_TICKET: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM events WHERE ticket = $1 AND seq > $2 ORDER BY seq LIMIT $3"
);
pub(super) const RELAYED: &str = "UPDATE events SET pending = 0 \
     WHERE +pending = 1 AND id IN (SELECT unhex(value) FROM json_each($1))";

#[async_trait]
impl EventStore for SqliteStore {
    async fn pending_events(&self, after: u64, limit: u32) -> Result<Vec<Event>, StoreError> {
        let query = |limit| sqlx::query(PENDING).bind(int(after)).bind(limit);
        self.read_first(ROW, limit, query, event).await
    }

    async fn mark_relayed(&self, events: &[EventId]) -> Result<(), StoreError> {
        if events.is_empty() {
            return Ok(());
        }
        let ids = hex_list(events.iter().map(EventId::as_uuid));
        self.write(ids, |ids, db| {
            Box::pin(async move {
                sqlx::query(RELAYED).bind(ids).execute(db).await?;
                Ok(())
            })
        })
        .await
    }

    async fn events_after(&self, seq: u64, limit: u32) -> Result<Vec<Event>, StoreError> {
        let query = |limit| sqlx::query(AFTER).bind(int(seq)).bind(limit);
        self.read_first(ROW, limit, query, event).await
    }

    async fn last_seq(&self) -> Result<u64, StoreError> {
        let last = sqlx::query_scalar(LAST).fetch_one(self.readers()).await;
        let last: i64 = last.map_err(store_error)?;
        Ok(u64::try_from(last).unwrap_or_default())
    }

    async fn assigned_since(&self, since: Timestamp) -> Result<Vec<(UserId, u64)>, StoreError> {
        let key = RowKey {
            column: "assigned_to",
            ..ROW
        };
        let query = sqlx::query(ASSIGNED).bind(since.timestamp_micros());
        let count = |row: &SqliteRow| {
            let columns = Columns::of("events", row);
            let assignee = columns.id("assigned_to", UserId::from_uuid)?;
            Ok((assignee, columns.number("number")?))
        };
        self.read_all(key, query, count).await
    }

    async fn event(&self, id: EventId) -> Result<Option<Event>, StoreError> {
        let row = sqlx::query(ONE).bind(id.as_uuid());
        let row = row.fetch_optional(self.readers()).await;
        row.map_err(store_error)?.as_ref().map(event).transpose()
    }

    async fn ticket_events(
        &self,
        ticket: TicketId,
        after: u64,
        limit: u32,
    ) -> Result<Page<Event>, StoreError> {
        let query = |limit| {
            sqlx::query(OF_TICKET)
                .bind(ticket.as_uuid())
                .bind(int(after))
                .bind(limit)
        };
        let wanted = limit.saturating_add(1);
        let events = self.read_first(ROW, wanted, query, event).await?;
        Ok(Page::cut(events, limit))
    }
}

/// Inserts an event as pending, in the same unit of work as the change that it records.
pub(super) async fn insert(event: &Event, db: &mut SqliteConnection) -> Result<(), UnitError> {
    let (ticket, user) = match event.subject {
        Subject::Ticket(id) => (Some(id.as_uuid()), None),
        Subject::User(id) => (None, Some(id.as_uuid())),
        Subject::Desk => (None, None),
    };
    let actor = match event.by {
        ActorId::User(id) => Some(id.as_uuid()),
        ActorId::System => None,
    };
    sqlx::query(
        "INSERT INTO events (id, ticket, person, version, kind, actor, at, requester, assignee, \
         assigned_to, notify_requester, reply, changes, facts) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
    )
    .bind(event.id.as_uuid())
    .bind(ticket)
    .bind(user)
    .bind(int(event.version))
    .bind(event.kind.as_str())
    .bind(actor)
    .bind(event.at.timestamp_micros())
    .bind(event.parties.requester.map(|id| id.as_uuid()))
    .bind(event.parties.assignee.map(|id| id.as_uuid()))
    .bind(event.assigned_to().map(|id| id.as_uuid()))
    .bind(event.parties.notify_requester)
    .bind(event.reply.map(|id| id.as_uuid()))
    .bind(json(&event.changes)?)
    .bind(json(&event.facts)?)
    .execute(db)
    .await?;
    Ok(())
}

fn event(row: &SqliteRow) -> Result<Event, StoreError> {
    let columns = Columns::of("events", row);
    let subject = match (
        columns.maybe_id("ticket", TicketId::from_uuid)?,
        columns.maybe_id("person", UserId::from_uuid)?,
    ) {
        (Some(ticket), None) => Subject::Ticket(ticket),
        (None, Some(user)) => Subject::User(user),
        (None, None) => Subject::Desk,
        (Some(_), Some(_)) => return Err(columns.corrupt("ticket")),
    };
    let actor = columns.maybe_id("actor", UserId::from_uuid)?;
    Ok(Event {
        id: columns.id("id", EventId::from_uuid)?,
        seq: columns.number("seq")?,
        subject,
        version: columns.number("version")?,
        kind: EventKind::from(columns.get::<&str>("kind")?),
        by: actor.map_or(ActorId::System, ActorId::User),
        at: columns.moment("at")?,
        changes: columns.json("changes")?,
        facts: columns.json("facts")?,
        parties: Parties {
            requester: columns.maybe_id("requester", UserId::from_uuid)?,
            assignee: columns.maybe_id("assignee", UserId::from_uuid)?,
            notify_requester: columns.get("notify_requester")?,
        },
        reply: columns.maybe_id("reply", ReplyId::from_uuid)?,
    })
}
