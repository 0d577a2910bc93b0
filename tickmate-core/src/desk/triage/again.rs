//! Reading a ticket again because staff asks for it.

use crate::{
    desk::{
        DeskError, TicketDetail, TicketTarget, TriageDesk, authorize::demand, writes::Expected,
    },
    domain::{
        access::{Actor, Operation},
        event::EventKind,
        lifecycle::Next,
        seat::SeatMove,
    },
};

impl TriageDesk<'_> {
    /// Has a ticket read again, by the models as they are now. The analysis stays until the new one is there; what a
    /// human set stays. A ticket that is being read already is left alone. It changes no field, so that it collides with
    /// no other change.
    ///
    /// # Errors
    /// [`DeskError::NotFound`], [`DeskError::Forbidden`], [`DeskError::Stale`], in this order.
    pub async fn retriage(
        self,
        actor: &Actor,
        ticket: impl Into<TicketTarget> + Send,
        expected: Option<u64>,
    ) -> Result<TicketDetail, DeskError> {
        let ticket = self.desk.visible_with_replies(actor, ticket.into()).await?;
        ticket.demand(actor, Operation::EditTriage)?;
        let expected = Expected::new(expected, &|_| Vec::new());
        let changed = self.desk.change(actor, ticket, expected, |ticket, now| {
            demand(actor, Operation::EditTriage, ticket)?;
            let mut after = ticket.clone();
            match &mut after.triage {
                Some(triage) if ticket.is_read() => {
                    triage.outdated = true;
                    triage.round = triage.round.saturating_add(1);
                }
                _ => return Ok(None),
            }
            let kind = EventKind::RetriageRequested;
            Ok(Some(Next::new(ticket, after, SeatMove::Keep, kind, now)))
        });
        self.desk.detail(actor, changed.await?).await
    }
}
