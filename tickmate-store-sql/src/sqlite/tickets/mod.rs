//! Tickets, their replies, their seats and their queue.

mod create;
mod keys;
mod list;
mod queue;
mod replies;
mod row;
mod seat;
mod terms;
mod write;

use async_trait::async_trait;
use sqlx::sqlite::SqliteRow;
use tickmate_core::{
    backend::store::{
        NewTicket, StoreError, TicketCreated, TicketStore, TicketWrite, TicketWritten,
    },
    domain::{
        id::{ReplyId, TicketId, UserId},
        page::Page,
        query::{BacklogHead, BacklogLane, TicketCounts, TicketQuery, Unbegun},
        reply::{Reply, ReplyQuery},
        ticket::Ticket,
        ticket_ref::TicketRef,
        time::Timestamp,
    },
};

use self::{
    list::{COUNT_FOUND, COUNTS, FEW, Found},
    row::ticket,
};
#[cfg(test)]
pub(super) use self::{
    list::{
        COUNT_FOUND as COUNT_FOUND_BY_WORDS, Found as FoundByWords, statement as list_statement,
    },
    queue::{
        HAND_BACK, HEADS, HELD, LENGTH, LINES, NEEDING_TRIAGE, NEEDING_TRIAGE_COUNT, NEXT, UNBEGUN,
    },
    replies::{
        BY_ID as WITH_REPLIES, PAGE as REPLIES, PUBLIC_BY_ID as WITH_PUBLIC_REPLIES,
        PUBLIC_PAGE as PUBLIC_REPLIES,
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
        if !query.filter.words.is_empty() {
            return self.search(query).await;
        }
        let Some(mut statement) = list::statement(query, Found::Many) else {
            return Ok(Page::cut(Vec::new(), query.limit));
        };
        let rows = statement.build().fetch_all(self.readers()).await;
        let tickets = all(&rows.map_err(store_error)?, ticket)?;
        Ok(list::merge(query, tickets))
    }

    async fn count_tickets(&self, requester: UserId) -> Result<TicketCounts, StoreError> {
        let rows = sqlx::query(COUNTS).bind(requester.as_uuid());
        let rows = rows.fetch_all(self.readers()).await.map_err(store_error)?;
        Ok(list::sum(&all(&rows, list::count)?))
    }

    async fn ticket_with_replies(
        &self,
        ticket: TicketRef,
        query: &ReplyQuery,
    ) -> Result<Option<(Ticket, Page<Reply>)>, StoreError> {
        let row = replies::ticket_with_page(ticket, query);
        let row = row.fetch_optional(self.readers()).await;
        let Some(row) = row.map_err(store_error)? else {
            return Ok(None);
        };
        let ticket = row::ticket(&row)?;
        let replies = replies::of_row(ticket.id, &row, query)?;
        Ok(Some((ticket, replies)))
    }

    async fn replies(
        &self,
        ticket: TicketId,
        query: &ReplyQuery,
    ) -> Result<Page<Reply>, StoreError> {
        let rows = replies::page(ticket, query).fetch_all(self.readers()).await;
        let rows = rows.map_err(store_error)?;
        let replies = all(&rows, |row| replies::reply(ticket, row))?;
        Ok(Page::cut(replies, query.limit))
    }

    async fn reply(&self, ticket: TicketId, id: ReplyId) -> Result<Option<Reply>, StoreError> {
        let row = sqlx::query(replies::ONE)
            .bind(ticket.as_uuid())
            .bind(id.as_uuid())
            .fetch_optional(self.readers())
            .await;
        let reply = |row: SqliteRow| replies::reply(ticket, &row);
        row.map_err(store_error)?.map(reply).transpose()
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
            .bind(&head.class)
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
        let rows = sqlx::query(queue::LINES).fetch_all(self.readers()).await;
        all(&rows.map_err(store_error)?, queue::line)
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
    /// A page of the tickets that are found by words.
    async fn search(&self, query: &TicketQuery) -> Result<Page<Ticket>, StoreError> {
        let words = &query.filter.words;
        let expression = list::match_expression(words, list::worst_form(words));
        let asked = query.clone();
        let tickets = self.file.searchers.run(|connection| {
            Box::pin(async move {
                let count: i64 = sqlx::query_scalar(COUNT_FOUND)
                    .bind(expression)
                    .fetch_one(&mut *connection)
                    .await
                    .map_err(store_error)?;
                let found = match count <= FEW {
                    true => Found::Few,
                    false => Found::Many,
                };
                let statement = match count {
                    0 => None,
                    _ => list::statement(&asked, found),
                };
                let Some(mut statement) = statement else {
                    return Ok(Vec::new());
                };
                let rows = statement.build().fetch_all(connection).await;
                all(&rows.map_err(store_error)?, ticket)
            })
        });
        let tickets = tickets.await?;
        Ok(list::merge(query, tickets))
    }

    async fn count(&self, statement: &'static str) -> Result<u64, StoreError> {
        let count: i64 = sqlx::query_scalar(statement)
            .fetch_one(self.readers())
            .await
            .map_err(store_error)?;
        Ok(u64::try_from(count).unwrap_or_default())
    }
}
