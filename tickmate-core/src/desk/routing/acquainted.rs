//! The previous assignee of a requester: the user who has, or had until it was finished, the requester's newest other
//! ticket.

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
    /// Returns the assignee of the newest other ticket, by number, of this ticket's requester within 30 days. A
    /// finished ticket keeps its assignee; an unassigned one has none.
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
