//! Deletes and restores a ticket.

use super::{
    super::{
        DeskError, Tickets,
        authorize::{TicketTarget, demand},
        writes::Expected,
    },
    TicketDetail,
};
use crate::domain::{
    access::{Actor, Operation},
    changed_fields::{DELETED_AT, TICKET_FIELDS},
    event::EventKind,
    lifecycle::Next,
    seat::SeatMove,
    status::Status,
    ticket::Ticket,
};

impl Tickets<'_> {
    /// Deletes a ticket: only admins see it after that, and its seat is free. It conflicts with a user's concurrent
    /// change of any field, since all of them are removed.
    ///
    /// # Errors
    /// [`DeskError::NotFound`], [`DeskError::Forbidden`], [`DeskError::Stale`].
    pub async fn delete(
        self,
        actor: &Actor,
        ticket: impl Into<TicketTarget> + Send,
        expected: Option<u64>,
    ) -> Result<(), DeskError> {
        let ticket = self.desk.visible(actor, ticket.into()).await?;
        ticket.demand(actor, Operation::Delete)?;
        let touched = |ticket: &Ticket| match ticket.deleted_at {
            Some(_) => Vec::new(),
            None => TICKET_FIELDS.to_vec(),
        };
        let expected = Expected::new(expected, &touched);
        let deleted = self.desk.change(actor, ticket, expected, |ticket, now| {
            demand(actor, Operation::Delete, ticket)?;
            let mut after = ticket.clone();
            after.deleted_at = Some(now);
            after.assignment = None;
            if after.status == Status::InProgress {
                after.status = Status::Open;
            }
            let next = || Next::new(ticket, after, SeatMove::Free, EventKind::Deleted, now);
            Ok(ticket.deleted_at.is_none().then(next))
        });
        deleted.await.map(|_| ())
    }

    /// Restores a deleted ticket. An open one is routed again. It conflicts only with another deletion.
    ///
    /// # Errors
    /// [`DeskError::NotFound`], [`DeskError::Forbidden`], [`DeskError::Stale`].
    pub async fn restore(
        self,
        actor: &Actor,
        ticket: impl Into<TicketTarget> + Send,
        expected: Option<u64>,
    ) -> Result<TicketDetail, DeskError> {
        let ticket = self.desk.visible_with_replies(actor, ticket.into()).await?;
        ticket.demand(actor, Operation::Restore)?;
        let touched = |ticket: &Ticket| match ticket.deleted_at {
            Some(_) => vec![DELETED_AT],
            None => Vec::new(),
        };
        let expected = Expected::new(expected, &touched);
        let restored = self.desk.change(actor, ticket, expected, |ticket, now| {
            let mut after = ticket.clone();
            after.deleted_at = None;
            let next = || Next::new(ticket, after, SeatMove::Keep, EventKind::Restored, now);
            Ok(ticket.deleted_at.is_some().then(next))
        });
        self.desk.detail(actor, restored.await?).await
    }
}
