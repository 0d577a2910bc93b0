//! Taking a step of the status machine.

use super::{
    super::{Desk, DeskError, authorize::demand},
    TicketRef, TicketView,
};
use crate::domain::{
    access::{Actor, Operation},
    lifecycle,
    status::{Status, Step},
    ticket::Ticket,
};

impl Desk {
    /// Brings a ticket to a status. The same status again writes nothing.
    ///
    /// # Errors
    /// [`DeskError::NotFound`], [`DeskError::Forbidden`], [`DeskError::Stale`], then a conflict `bad_transition`
    /// for a step that the machine does not have.
    pub async fn set_status(
        &self,
        actor: &Actor,
        ticket: TicketRef,
        to: Status,
        expected: Option<u64>,
    ) -> Result<TicketView, DeskError> {
        let ticket = self.find(actor, ticket).await?;
        check(actor, &ticket, to)?;
        self.step(actor, ticket, expected, |_| to).await
    }

    /// Resolves a ticket that is not resolved, and opens one that is: the older form of a change of status.
    ///
    /// # Errors
    /// As [`Desk::set_status`].
    pub async fn toggle_status(
        &self,
        actor: &Actor,
        ticket: TicketRef,
        expected: Option<u64>,
    ) -> Result<TicketView, DeskError> {
        let ticket = self.find(actor, ticket).await?;
        self.step(actor, ticket, expected, |ticket| match ticket.status {
            Status::Resolved | Status::Closed => Status::Open,
            Status::Open | Status::InProgress | Status::Waiting => Status::Resolved,
        })
        .await
    }

    async fn step(
        &self,
        actor: &Actor,
        ticket: Ticket,
        expected: Option<u64>,
        to: impl Fn(&Ticket) -> Status + Send + Sync,
    ) -> Result<TicketView, DeskError> {
        let changed = self.change(actor, ticket, expected, |ticket, now| {
            let to = to(ticket);
            check(actor, ticket, to)?;
            match ticket.status.step(to) {
                Step::Same => Ok(None),
                Step::Allowed | Step::AdminsOnly => {
                    Ok(Some(lifecycle::set_status(ticket, to, now)))
                }
                Step::Refused => Err(DeskError::conflict(
                    "bad_transition",
                    format!(
                        "a ticket that is {} can't become {}",
                        ticket.status.as_str(),
                        to.as_str()
                    ),
                )),
            }
        });
        let ticket = changed.await?;
        self.view(actor, ticket).await
    }
}

fn check(actor: &Actor, ticket: &Ticket, to: Status) -> Result<(), DeskError> {
    demand(actor, Operation::SetStatus(to), ticket)?;
    match ticket.status.step(to) {
        Step::AdminsOnly if !actor.is_admin() => Err(DeskError::Forbidden(
            "only an admin may open a closed ticket",
        )),
        _ => Ok(()),
    }
}
