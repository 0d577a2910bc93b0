//! A ticket as somebody sees it, with the people in it.

use std::{collections::HashMap, str::FromStr};

use super::super::{Desk, DeskError};
use crate::domain::{
    access::{Access, Actor, Operation, decide},
    email::Email,
    id::{InvalidId, TicketId, UserId},
    reply::Reply,
    ticket::Ticket,
};

/// How a ticket is named: by its id or by its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TicketRef {
    /// By its id.
    Id(TicketId),
    /// By its number.
    Number(u64),
}

impl FromStr for TicketRef {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        let number =
            !text.is_empty() && text.len() <= 19 && text.bytes().all(|b| b.is_ascii_digit());
        match number {
            true => text.parse().map(Self::Number).map_err(|_| InvalidId),
            false => text.parse().map(Self::Id),
        }
    }
}

impl From<TicketId> for TicketRef {
    fn from(id: TicketId) -> Self {
        Self::Id(id)
    }
}

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

/// A ticket with its replies.
#[derive(Debug, Clone, PartialEq)]
pub struct TicketDetail {
    /// The ticket.
    pub view: TicketView,
    /// The replies that the reader may see, oldest first.
    pub replies: Vec<ReplyView>,
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
    /// These tickets as the actor sees them.
    pub(super) async fn views(
        &self,
        actor: &Actor,
        tickets: Vec<Ticket>,
    ) -> Result<Vec<TicketView>, DeskError> {
        let ids = tickets
            .iter()
            .flat_map(|ticket| [Some(ticket.requester), ticket.assignee()])
            .flatten();
        let people = self.directory(ids.collect()).await?;
        let view = |ticket: Ticket| TicketView {
            requester: named(&people, ticket.requester),
            assignee: ticket.assignee().map(|id| named(&people, id)),
            internal: decide(actor, Operation::ReadInternal, &ticket) == Access::Allowed,
            ticket,
        };
        Ok(tickets.into_iter().map(view).collect())
    }

    /// One ticket as the actor sees it.
    pub(in crate::desk) async fn view(
        &self,
        actor: &Actor,
        ticket: Ticket,
    ) -> Result<TicketView, DeskError> {
        self.views(actor, vec![ticket])
            .await?
            .pop()
            .ok_or(DeskError::NotFound)
    }

    /// Who these people are.
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

/// The person of this id. One whom the store no longer knows keeps the id alone.
pub(in crate::desk) fn named(people: &HashMap<UserId, Person>, id: UserId) -> Person {
    people.get(&id).cloned().unwrap_or_else(|| Person {
        id,
        email: Email::nobody(),
        name: String::new(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_take_ids_and_numbers() {
        assert_eq!("12".parse(), Ok(TicketRef::Number(12)));
        assert!(
            "0198c0de-0000-7000-8000-000000000000"
                .parse::<TicketRef>()
                .is_ok()
        );
        for text in [
            "",
            "-1",
            "1.0",
            "0x1",
            "１",
            "99999999999999999999",
            "abc",
            "12 ",
        ] {
            assert!(text.parse::<TicketRef>().is_err(), "{text}");
        }
    }
}
