//! Putting a ticket away, and fetching it back.

use super::{
    super::{Desk, DeskError, authorize::demand},
    TicketRef, TicketView,
};
use crate::domain::{
    access::{Actor, Operation},
    event::EventKind,
    lifecycle::Next,
    seat::SeatMove,
    status::Status,
};

impl Desk {
    /// Puts a ticket away: nobody but admins sees it any more, and its seat is free.
    ///
    /// # Errors
    /// [`DeskError::NotFound`], [`DeskError::Forbidden`], [`DeskError::Stale`].
    pub async fn delete_ticket(
        &self,
        actor: &Actor,
        ticket: TicketRef,
        expected: Option<u64>,
    ) -> Result<(), DeskError> {
        let ticket = self.find(actor, ticket).await?;
        demand(actor, Operation::Delete, &ticket)?;
        let deleted = self.change(actor, ticket, expected, |ticket, now| {
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

    /// Fetches a ticket back. An open one is routed anew.
    ///
    /// # Errors
    /// [`DeskError::NotFound`], [`DeskError::Forbidden`], [`DeskError::Stale`].
    pub async fn restore_ticket(
        &self,
        actor: &Actor,
        ticket: TicketRef,
        expected: Option<u64>,
    ) -> Result<TicketView, DeskError> {
        let ticket = self.find(actor, ticket).await?;
        demand(actor, Operation::Restore, &ticket)?;
        let restored = self.change(actor, ticket, expected, |ticket, now| {
            let mut after = ticket.clone();
            after.deleted_at = None;
            let next = || Next::new(ticket, after, SeatMove::Keep, EventKind::Restored, now);
            Ok(ticket.deleted_at.is_some().then(next))
        });
        let ticket = restored.await?;
        self.view(actor, ticket).await
    }
}
