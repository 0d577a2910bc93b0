//! Tickets, their replies, their seats and the backlog.

mod create;
mod keys;
mod list;
mod queue;
mod replies;
mod row;
mod seat;
mod skills;
mod write;

use async_trait::async_trait;
use tickmate_core::{
    backend::store::{
        NewTicket, StoreError, TicketCreated, TicketStore, TicketWrite, TicketWritten,
    },
    domain::{
        id::{TicketId, UserId},
        page::Page,
        query::{BacklogHead, BacklogLane, TicketCounts, TicketQuery, Unbegun},
        reply::Reply,
        ticket::Ticket,
        time::Timestamp,
    },
};

use self::{list::COUNTS, row::ticket};
#[cfg(test)]
pub(super) use self::{
    list::statement as list_statement,
    queue::{
        HAND_BACK, HEADS, HELD, LANES, LENGTH, NEEDING_TRIAGE, NEEDING_TRIAGE_COUNT, NEXT, UNBEGUN,
    },
    row::{AFTER, CREATED_BETWEEN},
    seat::PERSON,
};
use super::{
    SqliteStore,
    error::store_error,
    row::{all, int},
};

#[async_trait]
impl TicketStore for SqliteStore {
    async fn create_ticket(&self, new: &NewTicket) -> Result<TicketCreated, StoreError> {
        self.write(new.clone(), |new, db| Box::pin(create::create(new, db)))
            .await
    }

    async fn ticket(&self, id: TicketId) -> Result<Option<Ticket>, StoreError> {
        let row = sqlx::query(row::BY_ID).bind(id.as_uuid());
        let row = row.fetch_optional(self.readers()).await;
        row.map_err(store_error)?.as_ref().map(ticket).transpose()
    }

    async fn ticket_by_number(&self, number: u64) -> Result<Option<Ticket>, StoreError> {
        let row = sqlx::query(row::BY_NUMBER).bind(int(number));
        let row = row.fetch_optional(self.readers()).await;
        row.map_err(store_error)?.as_ref().map(ticket).transpose()
    }

    async fn write_ticket(&self, write: &TicketWrite) -> Result<TicketWritten, StoreError> {
        self.write(write.clone(), |write, db| {
            Box::pin(write::change(write, db))
        })
        .await
    }

    async fn tickets(&self, query: &TicketQuery) -> Result<Page<Ticket>, StoreError> {
        let Some(mut statement) = list::statement(query) else {
            return Ok(Page::cut(Vec::new(), query.limit));
        };
        let rows = statement.build().fetch_all(self.readers()).await;
        Ok(list::merge(
            query,
            all(&rows.map_err(store_error)?, ticket)?,
        ))
    }

    async fn count_tickets(&self, requester: UserId) -> Result<TicketCounts, StoreError> {
        let rows = sqlx::query(COUNTS).bind(requester.as_uuid());
        let rows = rows.fetch_all(self.readers()).await.map_err(store_error)?;
        Ok(list::sum(&all(&rows, list::count)?))
    }

    async fn replies(&self, ticket: TicketId) -> Result<Vec<Reply>, StoreError> {
        let rows = sqlx::query(replies::OF_TICKET).bind(ticket.as_uuid());
        let rows = rows.fetch_all(self.readers()).await.map_err(store_error)?;
        all(&rows, |row| replies::reply(ticket, row))
    }

    async fn held_by(&self, person: UserId) -> Result<Vec<Ticket>, StoreError> {
        let rows = sqlx::query(queue::HELD).bind(person.as_uuid());
        let rows = rows.fetch_all(self.readers()).await.map_err(store_error)?;
        all(&rows, ticket)
    }

    async fn backlog_heads(&self) -> Result<Vec<BacklogHead>, StoreError> {
        let rows = sqlx::query(queue::HEADS).fetch_all(self.readers()).await;
        all(&rows.map_err(store_error)?, queue::head)
    }

    async fn backlog_next(&self, head: &BacklogHead) -> Result<Option<BacklogHead>, StoreError> {
        let row = sqlx::query(queue::NEXT)
            .bind(&head.lane)
            .bind(i64::from(head.priority.rank()))
            .bind(int(head.number))
            .fetch_optional(self.readers())
            .await;
        row.map_err(store_error)?
            .as_ref()
            .map(queue::head)
            .transpose()
    }

    async fn backlog_length(&self) -> Result<u64, StoreError> {
        self.count(queue::LENGTH).await
    }

    async fn backlog_lanes(&self) -> Result<Vec<BacklogLane>, StoreError> {
        let rows = sqlx::query(queue::LANES).fetch_all(self.readers()).await;
        all(&rows.map_err(store_error)?, queue::lane)
    }

    async fn unbegun(&self, limit: u32) -> Result<Vec<Unbegun>, StoreError> {
        let rows = sqlx::query(queue::UNBEGUN).bind(i64::from(limit));
        let rows = rows.fetch_all(self.readers()).await.map_err(store_error)?;
        all(&rows, queue::unbegun)
    }

    async fn created_between(
        &self,
        from: Timestamp,
        to: Timestamp,
        after: u64,
        limit: u32,
    ) -> Result<Vec<Ticket>, StoreError> {
        let rows = sqlx::query(row::CREATED_BETWEEN)
            .bind(from.timestamp_micros())
            .bind(to.timestamp_micros())
            .bind(int(after))
            .bind(i64::from(limit));
        let rows = rows.fetch_all(self.readers()).await.map_err(store_error)?;
        all(&rows, ticket)
    }

    async fn tickets_after(&self, number: u64, limit: u32) -> Result<Vec<Ticket>, StoreError> {
        let rows = sqlx::query(row::AFTER)
            .bind(int(number))
            .bind(i64::from(limit));
        let rows = rows.fetch_all(self.readers()).await.map_err(store_error)?;
        all(&rows, ticket)
    }

    async fn needing_triage(
        &self,
        before: Timestamp,
        limit: u32,
    ) -> Result<Vec<Ticket>, StoreError> {
        let rows = sqlx::query(queue::NEEDING_TRIAGE)
            .bind(before.timestamp_micros())
            .bind(i64::from(limit));
        let rows = rows.fetch_all(self.readers()).await.map_err(store_error)?;
        all(&rows, ticket)
    }

    async fn count_needing_triage(&self) -> Result<u64, StoreError> {
        self.count(queue::NEEDING_TRIAGE_COUNT).await
    }

    async fn unattended_assignments(
        &self,
        away_before: Option<Timestamp>,
        limit: u32,
    ) -> Result<Vec<Ticket>, StoreError> {
        let rows = sqlx::query(queue::HAND_BACK)
            .bind(away_before.map(|moment| moment.timestamp_micros()))
            .bind(i64::from(limit));
        let rows = rows.fetch_all(self.readers()).await.map_err(store_error)?;
        all(&rows, ticket)
    }
}

impl SqliteStore {
    async fn count(&self, statement: &'static str) -> Result<u64, StoreError> {
        let count: i64 = sqlx::query_scalar(statement)
            .fetch_one(self.readers())
            .await
            .map_err(store_error)?;
        Ok(u64::try_from(count).unwrap_or_default())
    }
}
