//! Whom a requester knows: who has, or had to the end, the newest other ticket of theirs.

use crate::{
    desk::{Desk, DeskError},
    domain::{
        id::UserId,
        query::{Scope, TicketFilter, TicketOrder, TicketQuery},
        routing::{ACQUAINTED_AMONG, ACQUAINTED_FOR},
        ticket::Ticket,
    },
};

impl Desk {
    /// Who has the newest other ticket, by number, of whoever wrote this one, within 30 days. One that is finished keeps
    /// who had it; one that was handed back has nobody.
    pub(in crate::desk) async fn previous_assignee(
        &self,
        ticket: &Ticket,
    ) -> Result<Option<UserId>, DeskError> {
        let query = TicketQuery {
            scopes: vec![Scope::Own(ticket.requester)],
            filter: TicketFilter {
                created_from: Some(self.now() - ACQUAINTED_FOR),
                ..TicketFilter::default()
            },
            order: TicketOrder::CreatedAt,
            descending: true,
            after: None,
            limit: ACQUAINTED_AMONG,
        };
        let earlier = self.store.tickets(&query).await?.items;
        let others = earlier.iter().filter(|one| one.id != ticket.id);
        let known = others.filter_map(|one| Some((one.number, one.assignee()?)));
        Ok(known.max().map(|(_, person)| person))
    }
}
