//! A ticket's history: its events, reduced to those that the reader may see.

use super::{
    super::{Desk, DeskError, Tickets, authorize::TicketTarget},
    Person,
    view::named,
};
use crate::domain::{
    access::{Access, Actor, Operation, decide},
    event::{ActorId, Event},
    id::TicketId,
    page::{InvalidCursor, MAX_LIMIT, Page, decode_cursor, encode_cursor},
    ticket::Ticket,
};

/// One entry of a history.
#[derive(Debug, Clone, PartialEq)]
pub struct HistoryEntry {
    /// The event.
    pub event: Event,
    /// The user who caused it; `None` for the desk itself.
    pub by: Option<Person>,
}

/// The number of events in the next query after a batch that held hidden ones.
const BATCH: u32 = 200;

impl Tickets<'_> {
    /// Returns a page of a ticket's history, oldest first, and the cursor of the next one.
    ///
    /// # Errors
    /// [`DeskError::NotFound`]; [`DeskError::Invalid`] for an invalid cursor or limit.
    pub async fn history(
        self,
        actor: &Actor,
        ticket: impl Into<TicketTarget> + Send,
        cursor: Option<&str>,
        limit: u32,
    ) -> Result<(Vec<HistoryEntry>, Option<String>), DeskError> {
        let ticket = self.desk.visible(actor, ticket.into()).await?.ticket;
        if !(1..=MAX_LIMIT).contains(&limit) {
            return Err(DeskError::field(
                "limit",
                format!("must be 1 to {MAX_LIMIT}"),
            ));
        }
        let after = match cursor {
            Some(cursor) => self.desk.place_of(ticket.id, cursor).await?,
            None => 0,
        };
        let internal = decide(actor, Operation::ReadInternal, &ticket) == Access::Allowed;
        let page = self
            .desk
            .visible_events(&ticket, internal, after, limit)
            .await?;
        let next = page.items.last().filter(|_| page.more);
        let next = next.map(|last| encode_cursor(&list_name(ticket.id), &last.id));
        let events = page.items;
        let authors = events.iter().filter_map(|event| match event.by {
            ActorId::User(id) => Some(id),
            ActorId::System => None,
        });
        let people = self.desk.directory(authors.collect()).await?;
        let entry = |event: Event| HistoryEntry {
            by: match event.by {
                ActorId::User(id) => Some(named(&people, id)),
                ActorId::System => None,
            },
            event,
        };
        Ok((events.into_iter().map(entry).collect(), next))
    }
}

impl Desk {
    /// Returns the `seq` of the event at which a cursor ended its page. Cursors hold the event's id: a `seq` would
    /// reveal how many events the reader may not see.
    async fn place_of(&self, ticket: TicketId, cursor: &str) -> Result<u64, DeskError> {
        let refused = || DeskError::field("cursor", InvalidCursor.to_string());
        let id = decode_cursor(&list_name(ticket), cursor).map_err(|_| refused())?;
        let event = self.store.event(id).await?;
        let event = event.filter(|event| event.ticket() == Some(ticket));
        event.map(|event| event.seq).ok_or_else(refused)
    }

    /// Returns the next events that the reader may see. It skips hidden events and reads on, so that every page but the
    /// last is full.
    async fn visible_events(
        &self,
        ticket: &Ticket,
        internal: bool,
        mut after: u64,
        limit: u32,
    ) -> Result<Page<Event>, DeskError> {
        let mut visible: Vec<Event> = Vec::new();
        let mut batch = limit + 1;
        loop {
            let page = self.store.ticket_events(ticket.id, after, batch).await?;
            after = page.items.last().map_or(after, |last| last.seq);
            let shown = page.items.into_iter().filter_map(|event| {
                if internal {
                    Some(event)
                } else {
                    event.public()
                }
            });
            visible.extend(shown);
            if !page.more || visible.len() > limit as usize {
                return Ok(Page::cut(visible, limit));
            }
            batch = BATCH;
        }
    }
}

/// Returns the name of a ticket's history in cursors.
fn list_name(ticket: TicketId) -> String {
    format!("history/{ticket}")
}
