//! Loads tickets for an actor: a ticket that the actor may not see is reported as not found.

use super::{Desk, DeskError, TicketRef, Tickets};
use crate::domain::{
    access::{self, Access, Actor, Operation},
    id::TicketId,
    page::Page,
    reply::{Reply, ReplyQuery},
    ticket::Ticket,
    user::Role,
};

/// The maximum number of replies in a response with one ticket.
const LATEST_REPLIES: u32 = 50;

/// A ticket that was loaded for an actor who may see it. A use case that receives one does not load the ticket again.
/// It checks the table of [`crate::domain::access`] again, so that a ticket loaded for one actor gives no access to
/// another.
#[derive(Debug, Clone, PartialEq)]
pub struct VisibleTicket {
    pub(in crate::desk) ticket: Ticket,
    /// The newest replies that the actor may see, newest first; `None` if the use case needs no replies.
    pub(in crate::desk) replies: Option<LatestReplies>,
}

/// The newest replies to a ticket, read together with one version of the ticket.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::desk) struct LatestReplies {
    /// The version of the ticket with which the replies were read.
    pub(in crate::desk) version: u64,
    /// Whether internal replies are included.
    pub(in crate::desk) internal: bool,
    pub(in crate::desk) page: Page<Reply>,
}

impl LatestReplies {
    /// Returns the page for a reader of internal replies or of public ones only; `None` if the store must be queried.
    fn for_reader(self, internal: bool) -> Option<Page<Reply>> {
        match (self.internal, internal) {
            (true, false) if !self.page.more => Some(newest(false).page(self.page.items)),
            (read, wanted) => (read == wanted).then_some(self.page),
        }
    }
}

/// The ticket that a use case works on: a reference, or one that [`Tickets::authorize`] loaded before.
#[derive(Debug, Clone, PartialEq)]
pub enum TicketTarget {
    /// A reference; the use case loads the ticket.
    Named(TicketRef),
    /// A ticket that was loaded before.
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
    /// Returns the ticket as it was loaded.
    pub const fn ticket(&self) -> &Ticket {
        &self.ticket
    }

    /// Checks that the actor may perform this operation on the ticket.
    ///
    /// # Errors
    /// [`DeskError::NotFound`] if the actor may not see the ticket; [`DeskError::Forbidden`] if the operation is not
    /// allowed.
    pub fn demand(&self, actor: &Actor, operation: Operation) -> Result<(), DeskError> {
        demand(actor, operation, &self.ticket)
    }

    /// Returns the ticket after a change that added no reply.
    pub(in crate::desk) fn changed_to(mut self, ticket: Ticket) -> Self {
        if let Some(replies) = &mut self.replies {
            replies.version = ticket.version;
        }
        self.ticket = ticket;
        self
    }

    /// Checks that the actor may perform at least one of these operations on the ticket.
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
    /// Loads a ticket and checks that the actor may perform at least one of these operations on it. Call it before the
    /// rest of a request is validated.
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

    /// Does the same for a use case that returns the ticket and its latest replies: both are loaded in one call.
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
    /// Returns the target's ticket if the actor may see it, and loads it if that was not done before.
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

    /// Does the same for a use case that returns the latest replies.
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

    /// Returns the newest replies to a ticket, and reuses those that were read before if they are still current.
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

/// Returns the query for the newest replies in a response with one ticket.
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

/// Checks in the table of [`crate::domain::access`] that the actor may perform this operation on the ticket.
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
