//! Stores tickets, their replies, their seats and the backlog.

mod create;
mod keys;
mod list;
mod queue;
mod replies;
mod row;
mod seat;
mod skills;
mod terms;
mod write;

use std::sync::Arc;

use async_trait::async_trait;
use futures_util::FutureExt;
use sqlx::{QueryBuilder, Sqlite, sqlite::SqliteRow};
use tickmate_core::{
    backend::store::{
        NewTicket, StoreError, TicketCreated, TicketStore, TicketWrite, TicketWritten,
    },
    domain::{
        decision::QueueReason,
        id::{ReplyId, TicketId, UserId},
        page::Page,
        query::{BacklogHead, BacklogLane, FoundTicket, TicketCounts, TicketQuery, Unbegun},
        reply::{Reply, ReplyQuery},
        ticket::Ticket,
        ticket_ref::TicketRef,
        time::Timestamp,
        words::Form,
    },
};

pub(super) use self::list::{COUNT_MATCHES, MatchCount};
use self::{
    list::{COUNTS, FEW},
    queue::Place,
    row::ticket,
};
#[cfg(test)]
pub(super) use self::{
    list::{search_statement, statement as list_statement},
    queue::{HEADS, HELD, HOLDERS, LANES, NEEDING_TRIAGE, NEEDING_TRIAGE_COUNT, NEXT, UNBEGUN},
    replies::{
        BY_ID as WITH_REPLIES, PAGE as REPLIES, PUBLIC_BY_ID as WITH_PUBLIC_REPLIES,
        PUBLIC_PAGE as PUBLIC_REPLIES,
    },
    row::{AFTER, CREATED_BETWEEN},
    seat::CLAIMANT,
};
use super::{
    SqliteStore,
    error::store_error,
    row::int,
    unreadable::{self, RowKey},
};

const ROW: RowKey = RowKey {
    table: "tickets",
    column: "number",
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
        if query.scopes.is_empty() {
            return Ok(Page::cut(Vec::new(), query.limit));
        }
        if !query.filter.words.is_empty() {
            let owned_query = query.clone();
            let statement = move |count, limit| list::statement(&owned_query, count, limit);
            let tickets = self.search(query, statement, ticket).await?;
            return Ok(list::merge(query, tickets));
        }
        let fetch = |limit| {
            let mut statement = list::statement(query, MatchCount::Many, limit);
            async move { statement.build().fetch_all(self.readers()).await }.boxed()
        };
        let wanted = query.limit.saturating_add(1);
        let tickets = self.file.first_readable(ROW, wanted, fetch, ticket).await?;
        Ok(list::merge(query, tickets))
    }

    async fn search_tickets(
        &self,
        query: &TicketQuery,
        from: Form,
    ) -> Result<Page<FoundTicket>, StoreError> {
        let words = &query.filter.words;
        let may_find = !words.is_empty() && words.forms().any(|form| form >= from);
        if query.scopes.is_empty() || !may_find {
            return Ok(Page::cut(Vec::new(), query.limit));
        }
        let owned_query = query.clone();
        let statement =
            move |count, limit| list::search_statement(&owned_query, from, count, limit);
        let found = self.search(query, statement, list::found_ticket).await?;
        Ok(list::merge_matches(query, found))
    }

    async fn count_tickets(&self, requester: UserId) -> Result<TicketCounts, StoreError> {
        let query = sqlx::query(COUNTS).bind(requester.as_uuid());
        Ok(list::sum_counts(
            &self.read_all(ROW, query, list::count).await?,
        ))
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
        let replies = match replies::page_from_row(ticket.id, &row, query) {
            Ok(replies) => replies,
            // The list skips a reply that can't be read.
            Err(_) => self.replies(ticket.id, query).await?,
        };
        Ok(Some((ticket, replies)))
    }

    async fn replies(
        &self,
        ticket: TicketId,
        query: &ReplyQuery,
    ) -> Result<Page<Reply>, StoreError> {
        let page = |limit| replies::page(ticket, query, limit);
        let reply = |row: &SqliteRow| replies::reply(ticket, row);
        let wanted = query.limit.saturating_add(1);
        let replies = self.read_first(replies::ROW, wanted, page, reply).await?;
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

    async fn held_by(&self, user: UserId) -> Result<Vec<Ticket>, StoreError> {
        let query = sqlx::query(queue::HELD).bind(user.as_uuid());
        self.read_all(ROW, query, ticket).await
    }

    async fn backlog_heads(&self) -> Result<Vec<BacklogHead>, StoreError> {
        let rows = sqlx::query(queue::HEADS).fetch_all(self.readers()).await;
        let mut heads = Vec::new();
        for row in &rows.map_err(store_error)? {
            match queue::head(row) {
                Ok(head) => heads.push(head),
                // Skips the unreadable head, so that it doesn't block the tickets behind it in its lane.
                Err(error) => {
                    self.file.unreadable.note(ROW, row, &error);
                    // The rest of a lane can't be found if the key of the lane is damaged too.
                    if let Ok(place) = queue::place(row) {
                        heads.extend(self.next_head(place).await?);
                    }
                }
            }
        }
        Ok(heads)
    }

    async fn backlog_next(&self, head: &BacklogHead) -> Result<Option<BacklogHead>, StoreError> {
        let rank = head.priority.rank().into();
        self.next_head((head.lane.clone(), rank, int(head.number)))
            .await
    }

    async fn backlog_lanes(&self) -> Result<Vec<BacklogLane>, StoreError> {
        let query = sqlx::query(queue::LANES).bind(QueueReason::Nobody.as_str());
        self.read_all(queue::LANE_ROW, query, queue::lane).await
    }

    async fn unbegun(&self, limit: u32) -> Result<Vec<Unbegun>, StoreError> {
        let query = |limit| sqlx::query(queue::UNBEGUN).bind(limit);
        self.read_first(ROW, limit, query, queue::unbegun).await
    }

    async fn created_between(
        &self,
        from: Timestamp,
        to: Timestamp,
        after: u64,
        limit: u32,
    ) -> Result<Vec<Ticket>, StoreError> {
        let query = |limit| {
            sqlx::query(row::CREATED_BETWEEN)
                .bind(from.timestamp_micros())
                .bind(to.timestamp_micros())
                .bind(int(after))
                .bind(limit)
        };
        self.read_first(ROW, limit, query, ticket).await
    }

    async fn tickets_after(&self, number: u64, limit: u32) -> Result<Vec<Ticket>, StoreError> {
        let query = |limit| sqlx::query(row::AFTER).bind(int(number)).bind(limit);
        self.read_first(ROW, limit, query, ticket).await
    }

    async fn needing_triage(
        &self,
        before: Timestamp,
        ahead: Timestamp,
        limit: u32,
    ) -> Result<Vec<Ticket>, StoreError> {
        let query = |limit| {
            sqlx::query(queue::NEEDING_TRIAGE)
                .bind(before.timestamp_micros())
                .bind(ahead.timestamp_micros())
                .bind(limit)
        };
        self.read_first(ROW, limit, query, ticket).await
    }

    async fn count_needing_triage(&self) -> Result<u64, StoreError> {
        self.count(queue::NEEDING_TRIAGE_COUNT).await
    }

    async fn holders(&self) -> Result<Vec<UserId>, StoreError> {
        self.read_all(
            queue::HOLDER_ROW,
            sqlx::query(queue::HOLDERS),
            queue::holder,
        )
        .await
    }
}

impl SqliteStore {
    /// Returns the first readable ticket after this position in its lane.
    async fn next_head(&self, mut place: Place) -> Result<Option<BacklogHead>, StoreError> {
        loop {
            let row = sqlx::query(queue::NEXT)
                .bind(place.0)
                .bind(place.1)
                .bind(place.2)
                .fetch_optional(self.readers())
                .await;
            let Some(row) = row.map_err(store_error)? else {
                return Ok(None);
            };
            match queue::head(&row) {
                Ok(head) => return Ok(Some(head)),
                Err(error) => self.file.unreadable.note(ROW, &row, &error),
            }
            place = queue::place(&row)?;
        }
    }

    /// Reads the rows of a page of the tickets that match the words. The match count only chooses the query plan; the
    /// page itself is the result of one statement.
    async fn search<T: Send + 'static>(
        &self,
        query: &TicketQuery,
        statement: impl Fn(MatchCount, i64) -> QueryBuilder<Sqlite> + Send + Sync + 'static,
        map: fn(&SqliteRow) -> Result<T, StoreError>,
    ) -> Result<Vec<T>, StoreError> {
        let expression = list::match_expression(&query.filter.words, Form::Stem);
        let wanted = query.limit.saturating_add(1);
        let file = Arc::clone(&self.file);
        let tickets = self.file.searchers.run(move |connection| {
            Box::pin(async move {
                let count: i64 = sqlx::query_scalar(COUNT_MATCHES)
                    .bind(expression)
                    .fetch_one(&mut *connection)
                    .await
                    .map_err(store_error)?;
                let matches = match count <= FEW {
                    true => MatchCount::Few,
                    false => MatchCount::Many,
                };
                if count == 0 {
                    return Ok(Vec::new());
                }
                let mut limit = i64::from(wanted);
                loop {
                    let mut statement = statement(matches, limit);
                    let rows = statement.build().fetch_all(&mut *connection).await;
                    let rows = rows.map_err(store_error)?;
                    let (tickets, skipped) = unreadable::partition_readable(&rows, &map);
                    match unreadable::larger_limit(wanted, limit, skipped.len()) {
                        Some(more) => limit = more,
                        None => {
                            file.unreadable.note_all(ROW, &skipped);
                            return Ok(tickets);
                        }
                    }
                }
            })
        });
        tickets.await
    }

    async fn count(&self, statement: &'static str) -> Result<u64, StoreError> {
        let count: i64 = sqlx::query_scalar(statement)
            .fetch_one(self.readers())
            .await
            .map_err(store_error)?;
        Ok(u64::try_from(count).unwrap_or_default())
    }
}
