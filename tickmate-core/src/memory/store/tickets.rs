//! Tickets and their replies.

use async_trait::async_trait;

use super::{
    MemoryStore,
    state::{IndexedTerms, Repeat, RequestResult, State},
};
use crate::{
    backend::store::{
        NewTicket, StoreError, TicketCreated, TicketStore, TicketWrite, TicketWritten, Unique,
    },
    domain::{
        id::{ReplyId, TicketId, UserId},
        page::Page,
        query::{BacklogHead, BacklogLane, FoundTicket, TicketCounts, TicketQuery, Unbegun},
        reply::{Reply, ReplyQuery},
        ticket::Ticket,
        ticket_ref::TicketRef,
        time::Timestamp,
        words::{Form, Terms, TicketTerms},
    },
};

#[async_trait]
impl TicketStore for MemoryStore {
    async fn create_ticket(&self, new: &NewTicket) -> Result<TicketCreated, StoreError> {
        self.state().await?.create_ticket(new)
    }

    async fn ticket(&self, id: TicketId) -> Result<Option<Ticket>, StoreError> {
        Ok(self.state().await?.tickets.get(&id).cloned())
    }

    async fn ticket_by_number(&self, number: u64) -> Result<Option<Ticket>, StoreError> {
        Ok(self.state().await?.by_number(number).cloned())
    }

    async fn write_ticket(&self, write: &TicketWrite) -> Result<TicketWritten, StoreError> {
        self.state().await?.write_ticket(write)
    }

    async fn tickets(&self, query: &TicketQuery) -> Result<Page<Ticket>, StoreError> {
        Ok(self.state().await?.list_tickets(query))
    }

    async fn search_tickets(
        &self,
        query: &TicketQuery,
        from: Form,
    ) -> Result<Page<FoundTicket>, StoreError> {
        Ok(self.state().await?.search_tickets(query, from))
    }

    async fn count_tickets(&self, requester: UserId) -> Result<TicketCounts, StoreError> {
        Ok(self.state().await?.count_tickets(requester))
    }

    async fn ticket_with_replies(
        &self,
        ticket: TicketRef,
        query: &ReplyQuery,
    ) -> Result<Option<(Ticket, Page<Reply>)>, StoreError> {
        let state = self.state().await?;
        let ticket = match ticket {
            TicketRef::Id(id) => state.tickets.get(&id),
            TicketRef::Number(number) => state.by_number(number),
        };
        let with_replies =
            |ticket: &Ticket| (ticket.clone(), state.page_of_replies(ticket.id, query));
        Ok(ticket.map(with_replies))
    }

    async fn replies(
        &self,
        ticket: TicketId,
        query: &ReplyQuery,
    ) -> Result<Page<Reply>, StoreError> {
        Ok(self.state().await?.page_of_replies(ticket, query))
    }

    async fn reply(&self, ticket: TicketId, id: ReplyId) -> Result<Option<Reply>, StoreError> {
        let state = self.state().await?;
        let mut replies = state.replies_to(ticket).iter();
        Ok(replies.find(|reply| reply.id == id).cloned())
    }

    async fn held_by(&self, user: UserId) -> Result<Vec<Ticket>, StoreError> {
        let state = self.state().await?;
        let unfinished = state
            .assigned_to(user)
            .filter(|ticket| state.is_held(ticket));
        Ok(unfinished.cloned().collect())
    }

    async fn backlog_heads(&self) -> Result<Vec<BacklogHead>, StoreError> {
        Ok(self.state().await?.backlog_heads())
    }

    async fn backlog_next(&self, head: &BacklogHead) -> Result<Option<BacklogHead>, StoreError> {
        Ok(self.state().await?.backlog_next(head))
    }

    async fn backlog_lanes(&self) -> Result<Vec<BacklogLane>, StoreError> {
        Ok(self.state().await?.backlog_lanes())
    }

    async fn unbegun(&self, limit: u32) -> Result<Vec<Unbegun>, StoreError> {
        Ok(self.state().await?.unbegun(limit))
    }

    async fn created_between(
        &self,
        from: Timestamp,
        to: Timestamp,
        after: u64,
        limit: u32,
    ) -> Result<Vec<Ticket>, StoreError> {
        let state = self.state().await?;
        let is_listed = |ticket: &&Ticket| {
            (from..to).contains(&ticket.created_at) && ticket.deleted_at.is_none()
        };
        let found = state.numbered_above(after).filter(is_listed);
        Ok(found.take(limit as usize).cloned().collect())
    }

    async fn tickets_after(&self, number: u64, limit: u32) -> Result<Vec<Ticket>, StoreError> {
        let state = self.state().await?;
        Ok(state
            .numbered_above(number)
            .take(limit as usize)
            .cloned()
            .collect())
    }

    async fn needing_triage(
        &self,
        before: Timestamp,
        ahead: Timestamp,
        limit: u32,
    ) -> Result<Vec<Ticket>, StoreError> {
        let state = self.state().await?;
        let needing_triage = &state.index.needing_triage;
        let later = before.max(ahead);
        let found = needing_triage
            .range(..(before, 0))
            .chain(needing_triage.range((later, 0)..))
            .filter(|(changed_at, _)| *changed_at < before || *changed_at > ahead);
        let found = found.filter_map(|(_, number)| state.by_number(*number));
        Ok(found.take(limit as usize).cloned().collect())
    }

    async fn count_needing_triage(&self) -> Result<u64, StoreError> {
        Ok(self.state().await?.index.needing_triage.len() as u64)
    }

    async fn holders(&self) -> Result<Vec<UserId>, StoreError> {
        let state = self.state().await?;
        let assigned = state.index.assigned.iter();
        let is_held = |id| {
            state
                .tickets
                .get(id)
                .is_some_and(|ticket| state.is_held(ticket))
        };
        let mut holders: Vec<UserId> = assigned
            .filter(|(_, id)| is_held(id))
            .map(|(assignee, _)| *assignee)
            .collect();
        holders.dedup();
        Ok(holders)
    }
}

impl State {
    fn create_ticket(&mut self, new: &NewTicket) -> Result<TicketCreated, StoreError> {
        match self.repeat(new.key.as_ref()) {
            Repeat::First => {}
            Repeat::Same(RequestResult::Ticket(id)) => {
                if let Some(ticket) = self.tickets.get(&id) {
                    return Ok(TicketCreated::Replayed {
                        id,
                        number: ticket.number,
                        created_at: ticket.created_at,
                    });
                }
            }
            Repeat::Same(RequestResult::Reply(_)) | Repeat::Other => {
                return Ok(TicketCreated::KeyReused);
            }
        }
        let origin = new.ticket.origin.as_ref();
        if let Some(&id) = origin.and_then(|origin| self.origins.get(origin)) {
            return Ok(TicketCreated::Known(id));
        }
        if self.tickets.contains_key(&new.ticket.id) {
            return Err(StoreError::Taken(Unique::Id));
        }
        self.check_event(&new.event)?;
        Ok(TicketCreated::Created(self.insert_ticket(new)))
    }

    fn insert_ticket(&mut self, new: &NewTicket) -> Ticket {
        let last = self.numbers.last_key_value();
        let ticket = Ticket {
            number: last.map_or(1, |(last, _)| last + 1),
            version: 1,
            assignment: None,
            ..new.ticket.clone()
        };
        if let Some(origin) = &ticket.origin {
            self.origins.insert(origin.clone(), ticket.id);
        }
        self.remember(new.key.as_ref(), RequestResult::Ticket(ticket.id));
        self.add_event(&new.event);
        let terms = TicketTerms {
            text: new.terms.clone(),
            replies: Terms::default(),
        };
        self.terms.insert(ticket.id, IndexedTerms::new(terms));
        self.store(ticket.clone());
        ticket
    }

    fn page_of_replies(&self, ticket: TicketId, query: &ReplyQuery) -> Page<Reply> {
        query.page(self.replies_to(ticket).iter().cloned())
    }

    pub(super) fn replies_to(&self, ticket: TicketId) -> &[Reply] {
        self.replies.get(&ticket).map_or(&[], Vec::as_slice)
    }
}
