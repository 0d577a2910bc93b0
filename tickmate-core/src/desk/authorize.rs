//! Loading a ticket for an actor: a ticket that the actor may not see does not exist.

use super::{Desk, DeskError, TicketRef, Tickets};
use crate::domain::{
    access::{self, Access, Actor, Operation},
    id::TicketId,
    page::Page,
    reply::{Reply, ReplyQuery},
    ticket::Ticket,
    user::Role,
};

/// The number of replies that an answer with one ticket holds.
const LATEST_REPLIES: u32 = 50;

/// A ticket as the store had it when an actor was found to see it. A use case that is given one does not load the
/// ticket once more; it asks the table of [`crate::domain::access`] again, so that one actor's ticket opens nothing to
/// another.
#[derive(Debug, Clone, PartialEq)]
pub struct VisibleTicket {
    pub(in crate::desk) ticket: Ticket,
    /// The newest replies that the actor may see, newest first; none where the use case needs none.
    pub(in crate::desk) replies: Option<LatestReplies>,
}

/// The newest replies to a ticket, as they were with one version of it.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::desk) struct LatestReplies {
    /// The version of the ticket with which they were read.
    pub(in crate::desk) version: u64,
    /// Whether internal replies are among them.
    pub(in crate::desk) internal: bool,
    pub(in crate::desk) page: Page<Reply>,
}

impl LatestReplies {
    /// Returns the page for a reader of internal replies or of public ones alone; none where the store must be asked.
    fn for_reader(self, internal: bool) -> Option<Page<Reply>> {
        match (self.internal, internal) {
            (true, false) if !self.page.more => Some(newest(false).page(self.page.items)),
            (read, wanted) => (read == wanted).then_some(self.page),
        }
    }
}

/// The ticket of a use case: named, or loaded by [`Tickets::authorize`] before.
#[derive(Debug, Clone, PartialEq)]
pub enum TicketTarget {
    /// The use case loads it.
    Named(TicketRef),
    /// The use case works on what was loaded.
    Loaded(Box<VisibleTicket>),
}

impl From<TicketRef> for TicketTarget {
    fn from(ticket: TicketRef) -> Self {
        Self::Named(ticket)
    }
}

impl From<TicketId> for TicketTarget {
    fn from(ticket: TicketId) -> Self {
        Self::Named(ticket.into())
    }
}

impl From<VisibleTicket> for TicketTarget {
    fn from(ticket: VisibleTicket) -> Self {
        Self::Loaded(Box::new(ticket))
    }
}

impl VisibleTicket {
    /// The ticket as it was loaded.
    pub const fn ticket(&self) -> &Ticket {
        &self.ticket
    }

    /// Checks that the actor may do this with the ticket.
    ///
    /// # Errors
    /// [`DeskError::NotFound`] when the actor may not see the ticket; [`DeskError::Forbidden`].
    pub fn demand(&self, actor: &Actor, operation: Operation) -> Result<(), DeskError> {
        demand(actor, operation, &self.ticket)
    }

    /// The same ticket after a change that added no reply.
    pub(in crate::desk) fn changed_to(mut self, ticket: Ticket) -> Self {
        if let Some(replies) = &mut self.replies {
            replies.version = ticket.version;
        }
        self.ticket = ticket;
        self
    }

    /// Checks that the actor may do at least one of these with the ticket.
    fn demand_any(&self, actor: &Actor, operations: &[Operation]) -> Result<(), DeskError> {
        let is_allowed = |operation: &Operation| {
            access::decide(actor, *operation, &self.ticket) == Access::Allowed
        };
        match operations.iter().any(is_allowed) {
            true => Ok(()),
            false => Err(DeskError::Forbidden("you may not do this with this ticket")),
        }
    }
}

impl Tickets<'_> {
    /// Loads a ticket and checks that the actor may do at least one of these with it, before anything else of a request
    /// is looked at.
    ///
    /// # Errors
    /// [`DeskError::NotFound`] when the ticket does not exist for this actor; [`DeskError::Forbidden`] when none of the
    /// operations is allowed.
    pub async fn authorize(
        self,
        actor: &Actor,
        ticket: TicketRef,
        operations: &[Operation],
    ) -> Result<VisibleTicket, DeskError> {
        let ticket = self.desk.load_visible(actor, ticket).await?;
        ticket.demand_any(actor, operations)?;
        Ok(ticket)
    }

    /// Does the same for a use case that answers with the ticket and its latest replies: both are loaded at once.
    ///
    /// # Errors
    /// As [`Tickets::authorize`].
    pub async fn authorize_with_replies(
        self,
        actor: &Actor,
        ticket: TicketRef,
        operations: &[Operation],
    ) -> Result<VisibleTicket, DeskError> {
        let ticket = self.desk.load_visible_with_replies(actor, ticket).await?;
        ticket.demand_any(actor, operations)?;
        Ok(ticket)
    }
}

impl Desk {
    /// Returns the target's ticket if the actor may see it, loading it if that was not done before.
    pub(in crate::desk) async fn visible(
        &self,
        actor: &Actor,
        target: TicketTarget,
    ) -> Result<VisibleTicket, DeskError> {
        match target {
            TicketTarget::Named(ticket) => self.load_visible(actor, ticket).await,
            TicketTarget::Loaded(ticket) => {
                check_visible(actor, &ticket.ticket)?;
                Ok(*ticket)
            }
        }
    }

    /// Does the same for a use case that answers with the latest replies.
    pub(in crate::desk) async fn visible_with_replies(
        &self,
        actor: &Actor,
        target: TicketTarget,
    ) -> Result<VisibleTicket, DeskError> {
        match target {
            TicketTarget::Named(ticket) => self.load_visible_with_replies(actor, ticket).await,
            loaded @ TicketTarget::Loaded(_) => self.visible(actor, loaded).await,
        }
    }

    async fn load_visible(
        &self,
        actor: &Actor,
        ticket: TicketRef,
    ) -> Result<VisibleTicket, DeskError> {
        let found = match ticket {
            TicketRef::Id(id) => self.store.ticket(id).await?,
            TicketRef::Number(number) => self.store.ticket_by_number(number).await?,
        };
        let ticket = found.ok_or(DeskError::NotFound)?;
        check_visible(actor, &ticket)?;
        Ok(VisibleTicket {
            ticket,
            replies: None,
        })
    }

    async fn load_visible_with_replies(
        &self,
        actor: &Actor,
        ticket: TicketRef,
    ) -> Result<VisibleTicket, DeskError> {
        // Whether a member of staff may see internal replies depends on the ticket, which is read by the same call.
        let query = newest(actor.is_staff());
        let found = self.store.ticket_with_replies(ticket, &query).await?;
        let (ticket, page) = found.ok_or(DeskError::NotFound)?;
        check_visible(actor, &ticket)?;
        let replies = LatestReplies {
            version: ticket.version,
            internal: query.internal,
            page,
        };
        Ok(VisibleTicket {
            ticket,
            replies: Some(replies),
        })
    }

    /// Returns the newest replies to a ticket, those that were read before if they are still right.
    pub(in crate::desk) async fn latest_replies(
        &self,
        ticket: &Ticket,
        internal: bool,
        read: Option<LatestReplies>,
    ) -> Result<Page<Reply>, DeskError> {
        let read = read.filter(|read| read.version == ticket.version);
        match read.and_then(|read| read.for_reader(internal)) {
            Some(page) => Ok(page),
            None => Ok(self.store.replies(ticket.id, &newest(internal)).await?),
        }
    }
}

/// The newest page of replies that an answer with one ticket holds.
pub(in crate::desk) const fn newest(internal: bool) -> ReplyQuery {
    ReplyQuery {
        internal,
        before: None,
        limit: LATEST_REPLIES,
    }
}

fn check_visible(actor: &Actor, ticket: &Ticket) -> Result<(), DeskError> {
    match access::decide(actor, Operation::Read, ticket) {
        Access::Allowed => Ok(()),
        Access::Forbidden | Access::Hidden => Err(DeskError::NotFound),
    }
}

/// Checks in the table of [`crate::domain::access`] that the actor may do this with the ticket.
pub(crate) fn demand(
    actor: &Actor,
    operation: Operation,
    ticket: &Ticket,
) -> Result<(), DeskError> {
    match access::decide(actor, operation, ticket) {
        Access::Allowed => Ok(()),
        Access::Forbidden => Err(DeskError::Forbidden("you may not do this with this ticket")),
        Access::Hidden => Err(DeskError::NotFound),
    }
}

/// Checks that the actor is an admin, or the desk itself.
pub(crate) fn demand_admin(actor: &Actor) -> Result<(), DeskError> {
    match actor.role() {
        None | Some(Role::Admin) => Ok(()),
        Some(Role::User | Role::Moderator) => Err(DeskError::Forbidden("this is for admins")),
    }
}
