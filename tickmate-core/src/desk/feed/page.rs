//! Pages of the live feed.

use std::collections::HashMap;

use super::{
    Changes,
    sight::{FeedNotice, needs_ticket, notice_for},
};
use crate::{
    desk::{Desk, DeskError, EventNotice, Person, tickets::named},
    domain::{
        access::Actor,
        event::{ActorId, Event},
        id::{EventId, TicketId, UserId},
        page::MAX_LIMIT,
        ticket::Ticket,
    },
};

/// How many events one query reads.
const BATCH: u32 = 200;
/// How many queries one page makes.
const MAX_BATCHES: usize = 50;

/// One entry of the live feed.
#[derive(Debug, Clone, PartialEq)]
pub enum FeedEntry {
    /// An event, as far as the listener may see it.
    Event {
        /// The event, without its place among all events.
        event: Box<EventNotice>,
        /// Who did it; none for the desk itself.
        by: Option<Person>,
    },
    /// An event took a ticket out of the listener's sight. Nothing else of the event is sent.
    Left {
        /// The event.
        event: EventId,
        /// The ticket.
        ticket: TicketId,
    },
    /// The listener's own role or skills changed, or the dictionary of skills did. Tickets may have come into sight or left
    /// it without an event of their own: the client reads its lists again. Nothing else of the event is sent.
    SightChanged {
        /// The event.
        event: EventId,
    },
}

/// A page of the live feed.
#[derive(Debug, Clone, PartialEq)]
pub struct FeedPage {
    /// The entries, in the order of the events.
    pub entries: Vec<FeedEntry>,
    /// Where the next page begins. It is another text each time, even if nothing happened, and only for this listener.
    pub cursor: String,
    /// Whether to read on at once. A page without an entry may say so.
    pub more: bool,
}

impl Desk {
    /// Returns the events after the cursor that the user may see, in their order, each once; without a cursor an empty
    /// page, from whose cursor the feed goes on. Read it again after a notification of [`Desk::changes`].
    ///
    /// Access is decided by the ticket and the account as they are stored at this moment, not at the moment of the event:
    /// an event of a ticket that was taken from the user meanwhile is left out, except the event that took it, which comes
    /// as [`FeedEntry::Left`]. Admins also see the events of accounts and of the desk's rules; to others such an event comes
    /// as [`FeedEntry::SightChanged`] if it changes which tickets they see.
    ///
    /// A user can't count the hidden events of other tickets, of accounts and of rules: no entry has a `seq`, and each cursor
    /// is another text of the same length. Two things can be counted. Of a ticket that the user sees, gaps between the
    /// [`EventNotice::version`]s are events of that ticket that were left out, such as internal notes. And an empty page with
    /// [`FeedPage::more`] says that 10,000 hidden events follow each other.
    ///
    /// # Errors
    /// [`DeskError::Unauthenticated`] for an account that is not active; [`DeskError::Forbidden`] for the desk itself;
    /// [`DeskError::Invalid`] for a cursor or a limit (1 to 100) that can't be taken.
    pub async fn events_after(
        &self,
        actor: &Actor,
        cursor: Option<&str>,
        limit: u32,
    ) -> Result<FeedPage, DeskError> {
        let me = actor.id();
        let me = me.ok_or(DeskError::Forbidden("this is for people"))?;
        if !(1..=MAX_LIMIT).contains(&limit) {
            return Err(DeskError::field(
                "limit",
                format!("must be 1 to {MAX_LIMIT}"),
            ));
        }
        let after = cursor.map(|cursor| self.feed_key.open(me, cursor));
        let after = after
            .transpose()
            .map_err(|error| DeskError::field("cursor", error.to_string()))?;
        let user = self.store.user(me).await?.filter(|user| user.active);
        let user = user.ok_or(DeskError::Unauthenticated)?;
        let actor = Actor::person(&user).with_implied(&self.rules().await?.vocabulary);
        let (shown, reached, more) = match after {
            Some(after) => self.seen_after(&actor, after, limit as usize).await?,
            None => (Vec::new(), self.store.last_seq().await?, false),
        };
        Ok(FeedPage {
            entries: self.with_authors(shown).await?,
            cursor: self.feed_key.seal(me, reached, self.random_bytes()),
            more,
        })
    }

    /// Returns a stream of notifications: after each change that this process commits, and when it sees the changes of
    /// others ([`Desk::follow_events`]). Any number of listeners share one source.
    pub fn changes(&self) -> Changes {
        self.listeners.subscribe()
    }

    /// Returns what the actor sees of the next events, the `seq` up to which they were looked at, and whether more may
    /// follow.
    async fn seen_after(
        &self,
        actor: &Actor,
        mut reached: u64,
        limit: usize,
    ) -> Result<(Vec<(FeedNotice, ActorId)>, u64, bool), DeskError> {
        let mut shown = Vec::new();
        for _ in 0..MAX_BATCHES {
            let events = self.store.events_after(reached, BATCH).await?;
            let is_end = events.len() < BATCH as usize;
            let tickets = self.tickets_of(actor, &events).await?;
            for event in events {
                let by = event.by;
                reached = event.seq;
                if let Some(notice) = notice_for(actor, event, &tickets) {
                    shown.push((notice, by));
                }
                if shown.len() == limit {
                    return Ok((shown, reached, true));
                }
            }
            if is_end {
                return Ok((shown, reached, false));
            }
        }
        Ok((shown, reached, true))
    }

    /// Loads the tickets that decide what the actor sees of these events, each once.
    async fn tickets_of(
        &self,
        actor: &Actor,
        events: &[Event],
    ) -> Result<HashMap<TicketId, Ticket>, DeskError> {
        let mut ids: Vec<TicketId> = events
            .iter()
            .filter_map(|event| needs_ticket(actor, event))
            .collect();
        ids.sort_unstable();
        ids.dedup();
        let mut tickets = HashMap::with_capacity(ids.len());
        for id in ids {
            if let Some(ticket) = self.readable_ticket(id).await? {
                tickets.insert(id, ticket);
            }
        }
        Ok(tickets)
    }

    async fn with_authors(
        &self,
        shown: Vec<(FeedNotice, ActorId)>,
    ) -> Result<Vec<FeedEntry>, DeskError> {
        let author = |(seen, by): &(FeedNotice, ActorId)| match (seen, by) {
            (FeedNotice::Event(_), ActorId::User(id)) => Some(*id),
            _ => None,
        };
        let authors: Vec<UserId> = shown.iter().filter_map(author).collect();
        let people = self.directory(authors).await?;
        let entry = |(seen, by)| match seen {
            FeedNotice::Event(event) => FeedEntry::Event {
                event,
                by: match by {
                    ActorId::User(id) => Some(named(&people, id)),
                    ActorId::System => None,
                },
            },
            FeedNotice::Left { event, ticket } => FeedEntry::Left { event, ticket },
            FeedNotice::SightChanged { event } => FeedEntry::SightChanged { event },
        };
        Ok(shown.into_iter().map(entry).collect())
    }
}
