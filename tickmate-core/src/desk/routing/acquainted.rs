//! Whom a requester knows: who had the last ticket of theirs.

use crate::{
    desk::{Desk, DeskError},
    domain::{
        id::UserId,
        query::{Scope, TicketFilter, TicketOrder, TicketQuery},
        ticket::Ticket,
        time::Span,
    },
};

/// Among how many tickets the last one that somebody had is looked for.
const LOOKED_AT: u32 = 5;
/// How long people remember each other.
const REMEMBERED: Span = Span::days(30);

impl Desk {
    /// Who had the last ticket of whoever wrote this one, within 30 days.
    pub(in crate::desk) async fn previous_assignee(
        &self,
        ticket: &Ticket,
    ) -> Result<Option<UserId>, DeskError> {
        let query = TicketQuery {
            scopes: vec![Scope::Own(ticket.requester)],
            filter: TicketFilter {
                created_from: Some(ticket.created_at - REMEMBERED),
                ..TicketFilter::default()
            },
            order: TicketOrder::CreatedAt,
            descending: true,
            after: None,
            limit: LOOKED_AT,
        };
        let earlier = self.store.tickets(&query).await?.items;
        Ok(earlier
            .iter()
            .filter(|one| one.id != ticket.id)
            .find_map(Ticket::assignee))
    }
}
