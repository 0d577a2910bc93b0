//! Tickets as a reader sees them, with the names of their users.

use std::collections::HashMap;

use super::super::{Desk, DeskError};
use crate::domain::{
    access::{Access, Actor, Operation, decide},
    email::Email,
    id::UserId,
    reply::Reply,
    ticket::Ticket,
};

/// A user who is named in a ticket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// The id of the user.
    pub id: UserId,
    /// The e-mail address.
    pub email: Email,
    /// The display name; may be empty.
    pub name: String,
}

/// A ticket as a reader sees it.
#[derive(Debug, Clone, PartialEq)]
pub struct TicketView {
    /// The ticket.
    pub ticket: Ticket,
    /// The requester.
    pub requester: Person,
    /// The assignee.
    pub assignee: Option<Person>,
    /// Whether the reader may see the analysis, the notes and internal replies.
    pub internal: bool,
}

/// A reply as a reader sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReplyView {
    /// The reply.
    pub reply: Reply,
    /// The author.
    pub author: Person,
}

/// A ticket with its latest replies.
#[derive(Debug, Clone, PartialEq)]
pub struct TicketDetail {
    /// The ticket.
    pub view: TicketView,
    /// The latest replies that the reader may see, at most 50, oldest first.
    pub replies: Vec<ReplyView>,
    /// The cursor of the earlier replies; `None` if there are none.
    pub replies_cursor: Option<String>,
}

impl Person {
    /// Returns the name, or else the part of the address before the `@`.
    pub fn display_name(&self) -> &str {
        match self.name.is_empty() {
            true => self.email.local_part(),
            false => &self.name,
        }
    }
}

impl Desk {
    /// Returns these tickets as the actor sees them.
    pub(super) async fn views(
        &self,
        actor: &Actor,
        tickets: Vec<Ticket>,
    ) -> Result<Vec<TicketView>, DeskError> {
        let ids = tickets.iter().flat_map(people_of);
        let people = self.directory(ids.collect()).await?;
        let view = |ticket| TicketView::new(actor, ticket, &people);
        Ok(tickets.into_iter().map(view).collect())
    }

    /// Returns one ticket as the actor sees it, without replies.
    pub(super) async fn view(
        &self,
        actor: &Actor,
        ticket: Ticket,
    ) -> Result<TicketView, DeskError> {
        let people = self.directory(people_of(&ticket).collect()).await?;
        Ok(TicketView::new(actor, ticket, &people))
    }

    /// Returns the names of the users with these ids, with one call of the store.
    pub(in crate::desk) async fn directory(
        &self,
        mut ids: Vec<UserId>,
    ) -> Result<HashMap<UserId, Person>, DeskError> {
        ids.sort_unstable();
        ids.dedup();
        let people = self.store.users(&ids).await?;
        Ok(people
            .into_iter()
            .map(|user| {
                (
                    user.id,
                    Person {
                        id: user.id,
                        email: user.email,
                        name: user.name,
                    },
                )
            })
            .collect())
    }
}

impl TicketView {
    /// Makes the view of the ticket for the actor.
    pub(super) fn new(actor: &Actor, ticket: Ticket, people: &HashMap<UserId, Person>) -> Self {
        Self {
            requester: named(people, ticket.requester),
            assignee: ticket.assignee().map(|id| named(people, id)),
            internal: decide(actor, Operation::ReadInternal, &ticket) == Access::Allowed,
            ticket,
        }
    }
}

/// Returns the ids of the requester and the assignee.
pub(super) fn people_of(ticket: &Ticket) -> impl Iterator<Item = UserId> + use<> {
    [Some(ticket.requester), ticket.assignee()]
        .into_iter()
        .flatten()
}

/// Returns the user with this id. A user who is unknown to the store has only the id.
pub(in crate::desk) fn named(people: &HashMap<UserId, Person>, id: UserId) -> Person {
    people.get(&id).cloned().unwrap_or_else(|| Person {
        id,
        email: Email::nobody(),
        name: String::new(),
    })
}
