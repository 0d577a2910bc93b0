//! Triages a ticket again at the request of staff.

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
    /// Has a ticket read again by the current models. The old analysis stays until the new one exists; values that a
    /// user set stay. A ticket that is being read already is left unchanged. The call changes no field, so it conflicts
    /// with no other change.
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
