//! Pages of the live feed.

use std::collections::HashMap;

use super::{
    Changes,
    cursor::Place,
    sight::{FeedNotice, changes_sight, needs_ticket, notice_for},
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
    /// An admin changed the listener's account, or the listener's skills or the dictionary of skills changed. Tickets may
    /// have come into sight or left it without an event of their own: the client reads its lists again. Nothing else of
    /// the event is sent.
    SightChanged {
        /// The event.
        event: EventId,
    },
}

/// The events that follow a place.
struct Upcoming {
    /// The first batch.
    first: Vec<Event>,
    /// The place, searched up to the last event.
    place: Place,
}

impl Place {
    /// Notes changes of the listener's sight among the next events.
    fn search(&mut self, me: UserId, events: &[Event]) {
        let searched = self.searched;
        for event in events.iter().filter(|event| event.seq > searched) {
            self.searched = event.seq;
            if changes_sight(Some(me), event) {
                self.sight_changed = event.seq;
            }
        }
    }
}

/// A page of the live feed.
#[derive(Debug, Clone, PartialEq)]
pub struct FeedPage {
    /// The entries, in the order of the events.
    pub entries: Vec<FeedEntry>,
    /// Where the next page begins. It is another text each time, even if nothing happened, and only for this listener.
    pub cursor: String,
    /// Whether to read on at once: the page is full. The next one may be empty.
    pub more: bool,
}

impl Desk {
    /// Returns the events after the cursor that the user may see, in their order, each once; without a cursor an empty
    /// page, from whose cursor the feed goes on. Read it again after a notification of [`Desk::changes`].
    ///
    /// Access is decided by the ticket and the account as they are stored at this moment, not at the moment of the event:
    /// an event of a ticket that was taken from the user meanwhile is left out, except the event that took it, which comes
    /// as [`FeedEntry::Left`]. Admins also see the events of accounts and of the desk's rules; to others such an event comes
    /// as [`FeedEntry::SightChanged`] if it changes which tickets they see. Before such a change it is not known which
    /// unassigned tickets the user saw, so that no `Left` of those is sent: the client reads its lists again anyway.
    ///
    /// A user can't count the hidden events: no entry has a `seq`, those of a user who does not see all events of a ticket
    /// have no version, each cursor is another text of the same length, and a page ends early only at the last event. So a
    /// call with an old cursor may read all events since then.
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
        let place = cursor.map(|cursor| self.feed_key.open(me, cursor));
        let place = place
            .transpose()
            .map_err(|error| DeskError::field("cursor", error.to_string()))?;
        let Some(place) = place else {
            self.listener(me).await?;
            let place = Place::after(self.store.last_seq().await?);
            return Ok(FeedPage {
                entries: Vec::new(),
                cursor: self.feed_key.seal(me, place, self.random_bytes()),
                more: false,
            });
        };
        let upcoming = self.upcoming_after(me, place).await?;
        // Read after the events, so that what they did to the account and to the rules is known.
        let actor = self.listener(me).await?;
        let place = upcoming.place;
        let (shown, reached) = self.seen_of(&actor, upcoming, limit as usize).await?;
        let more = shown.len() == limit as usize;
        let place = Place { reached, ..place };
        Ok(FeedPage {
            entries: self.with_authors(shown).await?,
            cursor: self.feed_key.seal(me, place, self.random_bytes()),
            more,
        })
    }

    /// Returns a stream of notifications: after each change that this process commits, and when it sees the changes of
    /// others ([`Desk::follow_events`]). Any number of listeners share one source.
    pub fn changes(&self) -> Changes {
        self.listeners.subscribe()
    }

    /// Returns the listener as the account and the rules are at this moment.
    async fn listener(&self, me: UserId) -> Result<Actor, DeskError> {
        let user = self.store.user(me).await?.filter(|user| user.active);
        let user = user.ok_or(DeskError::Unauthenticated)?;
        Ok(Actor::person(&user).with_implied(&self.rules().await?.vocabulary))
    }

    /// Reads the events after a place up to the last one, for changes of the listener's sight.
    async fn upcoming_after(&self, me: UserId, mut place: Place) -> Result<Upcoming, DeskError> {
        let first = self.store.events_after(place.reached, BATCH).await?;
        place.search(me, &first);
        let mut is_end = first.len() < BATCH as usize;
        while !is_end {
            let events = self.store.events_after(place.searched, BATCH).await?;
            place.search(me, &events);
            is_end = events.len() < BATCH as usize;
        }
        if self.has_to_follow(place.searched) {
            self.follow_events().await?;
        }
        Ok(Upcoming { first, place })
    }

    /// Returns what the actor sees of the upcoming events, and the `seq` up to which they were looked at.
    async fn seen_of(
        &self,
        actor: &Actor,
        upcoming: Upcoming,
        limit: usize,
    ) -> Result<(Vec<(FeedNotice, ActorId)>, u64), DeskError> {
        let Upcoming { first, place } = upcoming;
        let (mut events, mut reached) = (first, place.reached);
        let mut shown = Vec::new();
        loop {
            // Of later events it is not known whether they changed the sight.
            events.retain(|event| event.seq <= place.searched);
            if events.is_empty() {
                return Ok((shown, place.searched));
            }
            let tickets = self.tickets_of(actor, &events).await?;
            for event in events {
                let by = event.by;
                reached = event.seq;
                if let Some(notice) = notice_for(actor, event, &tickets, place.sight_changed) {
                    shown.push((notice, by));
                }
                if shown.len() == limit {
                    return Ok((shown, reached));
                }
            }
            if reached == place.searched {
                return Ok((shown, reached));
            }
            events = self.store.events_after(reached, BATCH).await?;
        }
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
