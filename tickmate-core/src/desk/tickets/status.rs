//! Changes the status of a ticket.

use super::{
    super::{
        Desk, DeskError, Tickets,
        authorize::{TicketTarget, VisibleTicket, demand},
        writes::Expected,
    },
    TicketDetail,
};
use crate::domain::{
    access::{Actor, Operation},
    changed_fields::STATUS,
    lifecycle,
    status::{Status, Transition},
    ticket::Ticket,
};

impl Tickets<'_> {
    /// Sets the status of a ticket. Setting the same status writes nothing. The change conflicts only with a user's
    /// concurrent change of the status.
    ///
    /// # Errors
    /// [`DeskError::NotFound`], [`DeskError::Forbidden`], [`DeskError::Stale`], then a conflict `bad_transition` for a
    /// transition that the state machine does not allow.
    pub async fn set_status(
        self,
        actor: &Actor,
        ticket: impl Into<TicketTarget> + Send,
        to: Status,
        expected: Option<u64>,
    ) -> Result<TicketDetail, DeskError> {
        let ticket = self.desk.visible_with_replies(actor, ticket.into()).await?;
        check(actor, &ticket.ticket, to)?;
        self.desk.step(actor, ticket, expected, |_| to).await
    }

    /// Resolves a ticket that is not resolved, and reopens one that is: the older form of a change of status.
    ///
    /// # Errors
    /// As [`Tickets::set_status`].
    pub async fn toggle_status(
        self,
        actor: &Actor,
        ticket: impl Into<TicketTarget> + Send,
        expected: Option<u64>,
    ) -> Result<TicketDetail, DeskError> {
        let ticket = self.desk.visible_with_replies(actor, ticket.into()).await?;
        self.desk
            .step(actor, ticket, expected, |ticket| match ticket.status {
                Status::Resolved | Status::Closed => Status::Open,
                Status::Open | Status::InProgress | Status::Waiting => Status::Resolved,
            })
            .await
    }
}

impl Desk {
    async fn step(
        &self,
        actor: &Actor,
        ticket: VisibleTicket,
        expected: Option<u64>,
        to: impl Fn(&Ticket) -> Status + Send + Sync,
    ) -> Result<TicketDetail, DeskError> {
        let touched = |ticket: &Ticket| match ticket.status == to(ticket) {
            true => Vec::new(),
            false => vec![STATUS],
        };
        let expected = Expected::new(expected, &touched);
        let changed = self.change(actor, ticket, expected, |ticket, now| {
            let to = to(ticket);
            check(actor, ticket, to)?;
            match ticket.status.transition(to) {
                Transition::Same => Ok(None),
                Transition::Allowed | Transition::AdminsOnly => {
                    Ok(Some(lifecycle::set_status(ticket, to, now)))
                }
                Transition::Refused => Err(DeskError::conflict(
                    "bad_transition",
                    format!(
                        "a ticket that is {} can't become {}",
                        ticket.status.as_str(),
                        to.as_str()
                    ),
                )),
            }
        });
        self.detail(actor, changed.await?).await
    }
}

fn check(actor: &Actor, ticket: &Ticket, to: Status) -> Result<(), DeskError> {
    demand(actor, Operation::SetStatus(to), ticket)?;
    match ticket.status.transition(to) {
        Transition::AdminsOnly if !actor.is_admin() => Err(DeskError::Forbidden(
            "only an admin may open a closed ticket",
        )),
        _ => Ok(()),
    }
}
