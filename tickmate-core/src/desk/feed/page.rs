//! Pages of the live feed.

use std::collections::HashMap;

use super::{
    Changes,
    cursor::Place,
    sight::{FeedNotice, needs_ticket, notice_for, sight_of},
};
use crate::{
    desk::{Desk, DeskError, EventNotice, Feed, Person, tickets::named},
    domain::{
        access::Actor,
        event::{ActorId, Event},
        id::{EventId, TicketId, UserId},
        page::MAX_LIMIT,
        ticket::Ticket,
    },
};

/// The number of events that one query reads.
const BATCH: u32 = 200;

/// One entry of the live feed.
#[derive(Debug, Clone, PartialEq)]
pub enum FeedEntry {
    /// An event, reduced to what the listener may see.
    Event {
        /// The event, without its position among all events.
        event: Box<EventNotice>,
        /// The user who caused it; `None` for the desk itself.
        by: Option<Person>,
    },
    /// An event removed a ticket from the listener's view. No other details of the event are sent.
    Left {
        /// The event.
        event: EventId,
        /// The ticket.
        ticket: TicketId,
    },
    /// The listener's own role, state or skills changed, or the dictionary of skills did. Tickets may have become
    /// visible or hidden without an event of their own: the client must reload its lists. No other details of the event
    /// are sent.
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
    /// The cursor of the next page. It is a different text each time, even if nothing happened, and valid only for this
    /// listener.
    pub cursor: String,
    /// Whether the page is full, so that the next one should be read immediately. The next one may be empty.
    pub more: bool,
}

impl Feed<'_> {
    /// Returns the events after the cursor that the user may see, in order, each once. Without a cursor it returns an
    /// empty page, whose cursor starts the feed. Call it again after a notification of [`Feed::changes`].
    ///
    /// Access is decided by the ticket and the account as they are stored now, not as they were at the time of the
    /// event: an event of a ticket that the user can't see any more is omitted, except the event that hid it, which
    /// becomes [`FeedEntry::Left`]. Admins also see the events of accounts and of the desk's rules; other users receive
    /// such an event as [`FeedEntry::SightChanged`] if it changes which tickets they see. Before such a change it is
    /// unknown which unassigned tickets the user saw, so no `Left` is sent for those: the client reloads its lists in
    /// any case.
    ///
    /// A user can't count the hidden events: no entry has a `seq`, entries for a user who does not see all events of a
    /// ticket have no version, each cursor is a different text of the same length, and a page ends early only at the
    /// last event. A call with an old cursor may therefore read all events since then, and returns no cursor before it
    /// has done so.
    ///
    /// # Errors
    /// [`DeskError::Unauthenticated`] for an account that is not active; [`DeskError::Forbidden`] for the desk itself;
    /// [`DeskError::Invalid`] for an invalid cursor or a limit outside 1 to 100.
    pub async fn events_after(
        self,
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
        let place = cursor.map(|cursor| self.desk.feed_key.open(me, cursor));
        let place = place
            .transpose()
            .map_err(|error| DeskError::field("cursor", error.to_string()))?;
        let Some(mut place) = place else {
            let sight = sight_of(&self.desk.listener(me).await?);
            let last = self.desk.store.last_seq().await?;
            let place = Place {
                last_served: last,
                last_searched: last,
                last_sight_change: 0,
                sight,
            };
            return Ok(self.desk.feed_page(me, Vec::new(), place, false));
        };
        let (actor, first) = self.desk.searched_listener(me, &mut place).await?;
        let (shown, last_served) = self
            .desk
            .seen_after(&actor, &place, first, limit as usize)
            .await?;
        place.last_served = last_served;
        let more = shown.len() == limit as usize;
        Ok(self
            .desk
            .feed_page(me, self.desk.with_authors(shown).await?, place, more))
    }

    /// Returns a stream of notifications: one after each change that this process commits, and one when it sees the
    /// changes of other processes ([`Jobs::follow_events`](crate::desk::Jobs::follow_events)). All listeners share one
    /// source.
    pub fn changes(self) -> Changes {
        self.desk.listeners.subscribe()
    }
}

impl Desk {
    fn feed_page(&self, me: UserId, entries: Vec<FeedEntry>, place: Place, more: bool) -> FeedPage {
        FeedPage {
            entries,
            cursor: self.feed_key.seal(me, place, self.random_bytes()),
            more,
        }
    }

    /// Returns the listener with the account and the rules as they are stored now.
    async fn listener(&self, me: UserId) -> Result<Actor, DeskError> {
        let user = self.store.user(me).await?.filter(|user| user.active);
        let user = user.ok_or(DeskError::Unauthenticated)?;
        Ok(Actor::person(&user).with_implied(&self.rules().await?.vocabulary))
    }

    /// Searches the events after a position, up to the last one, for changes of the listener's visibility. Returns the
    /// listener as it is since the last of them, and the first of the events that were not sent.
    ///
    /// The account is read before the events. If the events contain no change that was unknown until then, the account
    /// was the same at each event since the last change; otherwise both are read again.
    async fn searched_listener(
        &self,
        me: UserId,
        place: &mut Place,
    ) -> Result<(Actor, Vec<Event>), DeskError> {
        let known_change = place.last_sight_change;
        loop {
            if self.has_to_follow(place.last_searched) {
                self.jobs().follow_events().await?;
            }
            let actor = self.listener(me).await?;
            let before = place.last_sight_change;
            let first = self.store.events_after(place.last_served, BATCH).await?;
            place.search(me, &first);
            let mut is_end = first.len() < BATCH as usize;
            while !is_end {
                let events = self.store.events_after(place.last_searched, BATCH).await?;
                place.search(me, &events);
                is_end = events.len() < BATCH as usize;
            }
            if place.last_sight_change != before {
                continue;
            }
            let sight = sight_of(&actor);
            if place.sight != sight && before == known_change {
                // The visibility was changed by an unreadable event, or by a dictionary of another version.
                place.last_sight_change = place.last_searched;
            }
            place.sight = sight;
            return Ok((actor, first));
        }
    }

    /// Returns what the actor sees of the events after a position, the first of which are passed in, and the `seq` up
    /// to which the events were examined.
    async fn seen_after(
        &self,
        actor: &Actor,
        place: &Place,
        first: Vec<Event>,
        limit: usize,
    ) -> Result<(Vec<(FeedNotice, ActorId)>, u64), DeskError> {
        let (mut events, mut last_served) = (first, place.last_served);
        let mut shown = Vec::new();
        loop {
            // It is unknown whether later events changed the visibility.
            events.retain(|event| event.seq <= place.last_searched);
            if events.is_empty() {
                return Ok((shown, place.last_searched));
            }
            let tickets = self.tickets_of(actor, &events).await?;
            for event in events {
                let by = event.by;
                last_served = event.seq;
                let notice = notice_for(actor, event, &tickets, place.last_sight_change);
                shown.extend(notice.map(|notice| (notice, by)));
                if shown.len() == limit {
                    return Ok((shown, last_served));
                }
            }
            if last_served == place.last_searched {
                return Ok((shown, last_served));
            }
            events = self.store.events_after(last_served, BATCH).await?;
        }
    }

    /// Loads the tickets that determine what the actor sees of these events, each once.
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
