//! A ticket's history: its events, as far as the reader may see them.

use super::{
    super::{Desk, DeskError},
    Person, TicketRef,
    view::named,
};
use crate::domain::{
    access::{Access, Actor, Operation, decide},
    event::{ActorId, Event, EventKind},
    page::{MAX_LIMIT, decode_cursor, encode_cursor},
    reply::Visibility,
};

/// One entry of a history.
#[derive(Debug, Clone, PartialEq)]
pub struct HistoryEntry {
    /// What happened.
    pub event: Event,
    /// Who did it; none: the desk itself.
    pub by: Option<Person>,
}

/// What only staff sees of a change.
const INTERNAL_FIELDS: [&str; 3] = ["reason", "reviewed", "source"];

impl Desk {
    /// A page of a ticket's history, oldest first, and the cursor of the next one.
    ///
    /// # Errors
    /// [`DeskError::NotFound`]; [`DeskError::Invalid`] for a cursor or limit that can't be taken.
    pub async fn history(
        &self,
        actor: &Actor,
        ticket: TicketRef,
        cursor: Option<&str>,
        limit: u32,
    ) -> Result<(Vec<HistoryEntry>, Option<String>), DeskError> {
        let ticket = self.find(actor, ticket).await?;
        if !(1..=MAX_LIMIT).contains(&limit) {
            return Err(DeskError::field(
                "limit",
                format!("must be 1 to {MAX_LIMIT}"),
            ));
        }
        let list = format!("history/{}", ticket.id);
        let after = cursor
            .map(|cursor| decode_cursor::<u64>(&list, cursor))
            .transpose();
        let after = after
            .map_err(|error| DeskError::field("cursor", error.to_string()))?
            .unwrap_or(0);
        let page = self.store.ticket_events(ticket.id, after, limit).await?;
        let next = page
            .items
            .last()
            .filter(|_| page.more)
            .map(|last| encode_cursor(&list, &last.seq));
        let internal = decide(actor, Operation::ReadInternal, &ticket) == Access::Allowed;
        let events = page
            .items
            .into_iter()
            .filter_map(|event| if internal { Some(event) } else { public(event) });
        let events: Vec<Event> = events.collect();
        let authors = events.iter().filter_map(|event| match event.by {
            ActorId::User(id) => Some(id),
            ActorId::System => None,
        });
        let people = self.directory(authors.collect()).await?;
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

/// Returns what a requester sees of an event: no reply unless it is known to be public, no reasons, and of what staff does
/// with an analysis what it changes of the ticket.
fn public(mut event: Event) -> Option<Event> {
    let public_reply = event.facts.reply_visibility == Some(Visibility::Public);
    let hidden_reply = event.kind == EventKind::Replied && !public_reply;
    event
        .changes
        .retain(|change| !INTERNAL_FIELDS.contains(&change.field.as_str()));
    let is_about_analysis = match event.kind {
        EventKind::RetriageRequested => true,
        EventKind::Reviewed => event.changes.is_empty(),
        _ => false,
    };
    (!hidden_reply && !is_about_analysis).then_some(event)
}
