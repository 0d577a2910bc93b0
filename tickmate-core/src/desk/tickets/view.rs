//! A ticket as somebody sees it, with the people in it.

use std::collections::HashMap;

use super::super::{Desk, DeskError};
use crate::domain::{
    access::{Access, Actor, Operation, decide},
    email::Email,
    id::UserId,
    reply::Reply,
    ticket::Ticket,
};

/// Somebody in a ticket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// Who.
    pub id: UserId,
    /// The address.
    pub email: Email,
    /// How the person is called; may be empty.
    pub name: String,
}

/// A ticket as somebody sees it.
#[derive(Debug, Clone, PartialEq)]
pub struct TicketView {
    /// The ticket.
    pub ticket: Ticket,
    /// Who asks.
    pub requester: Person,
    /// Who has it.
    pub assignee: Option<Person>,
    /// Whether the reader may see the analysis, the notes and internal replies.
    pub internal: bool,
}

/// A reply as somebody sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReplyView {
    /// The reply.
    pub reply: Reply,
    /// Who wrote it.
    pub author: Person,
}

/// A ticket with its latest replies.
#[derive(Debug, Clone, PartialEq)]
pub struct TicketDetail {
    /// The ticket.
    pub view: TicketView,
    /// The latest replies that the reader may see, at most 50, oldest first.
    pub replies: Vec<ReplyView>,
    /// The cursor of the replies before them; none where these are all.
    pub replies_cursor: Option<String>,
}

impl Person {
    /// How to call the person: the name, else what stands before the `@`.
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
    /// The ticket as the actor sees it.
    pub(super) fn new(actor: &Actor, ticket: Ticket, people: &HashMap<UserId, Person>) -> Self {
        Self {
            requester: named(people, ticket.requester),
            assignee: ticket.assignee().map(|id| named(people, id)),
            internal: decide(actor, Operation::ReadInternal, &ticket) == Access::Allowed,
            ticket,
        }
    }
}

/// The requester and the assignee.
pub(super) fn people_of(ticket: &Ticket) -> impl Iterator<Item = UserId> + use<> {
    [Some(ticket.requester), ticket.assignee()]
        .into_iter()
        .flatten()
}

/// The person of this id. One whom the store no longer knows keeps the id alone.
pub(in crate::desk) fn named(people: &HashMap<UserId, Person>, id: UserId) -> Person {
    people.get(&id).cloned().unwrap_or_else(|| Person {
        id,
        email: Email::nobody(),
        name: String::new(),
    })
}
