//! Finding a ticket for somebody: what one may not see is not there.

use super::{Desk, DeskError, TicketRef};
use crate::domain::{
    access::{self, Access, Actor, Operation},
    ticket::Ticket,
    user::Role,
};

impl Desk {
    /// Says whether the actor may do at least one of these with the ticket, before anything else is looked at.
    ///
    /// # Errors
    /// [`DeskError::NotFound`] where the ticket is not there for this actor; [`DeskError::Forbidden`] where none
    /// of the operations is allowed.
    pub async fn may(
        &self,
        actor: &Actor,
        ticket: TicketRef,
        operations: &[Operation],
    ) -> Result<(), DeskError> {
        let ticket = self.find(actor, ticket).await?;
        let allowed =
            |operation: &Operation| access::decide(actor, *operation, &ticket) == Access::Allowed;
        match operations.iter().any(allowed) {
            true => Ok(()),
            false => Err(DeskError::Forbidden("you may not do this with this ticket")),
        }
    }

    /// The ticket, if the actor may see it.
    pub(crate) async fn find(&self, actor: &Actor, ticket: TicketRef) -> Result<Ticket, DeskError> {
        let found = match ticket {
            TicketRef::Id(id) => self.store.ticket(id).await?,
            TicketRef::Number(number) => self.store.ticket_by_number(number).await?,
        };
        let ticket = found.ok_or(DeskError::NotFound)?;
        match access::decide(actor, Operation::Read, &ticket) {
            Access::Allowed => Ok(ticket),
            Access::Forbidden | Access::Hidden => Err(DeskError::NotFound),
        }
    }
}

/// Asks the table, and makes an error of a no.
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

/// Lets admins through.
pub(crate) fn demand_admin(actor: &Actor) -> Result<(), DeskError> {
    match actor.role() {
        None | Some(Role::Admin) => Ok(()),
        Some(Role::User | Role::Moderator) => Err(DeskError::Forbidden("this is for admins")),
    }
}
