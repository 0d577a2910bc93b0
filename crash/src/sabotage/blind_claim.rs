//! Lets the router give away what somebody has: a ticket that it loads looks unassigned, and its write ignores the
//! version. A job of the router that runs once more after a crash then assigns its ticket again.

use std::{
    collections::HashSet,
    sync::{Arc, Mutex, PoisonError},
};

use async_trait::async_trait;
use tickmate::{
    backend::{
        queue::{JobLeases, LeaseState, QueueError},
        store::{Store, StoreError, TicketWrite, TicketWritten},
    },
    domain::{
        event::{ActorId, EventKind},
        id::{LeaseId, TicketId},
        job::JobKey,
        ticket::Ticket,
    },
};
use tokio::task::{self, Id};

use super::tamper::Tamper;

/// Which tasks run jobs of the router. A job has a task of its own.
#[derive(Default)]
pub(super) struct BlindClaim {
    routing: Mutex<HashSet<Id>>,
}

impl BlindClaim {
    fn is_routing(&self) -> bool {
        let routing = self.routing.lock().unwrap_or_else(PoisonError::into_inner);
        task::try_id().is_some_and(|id| routing.contains(&id))
    }
}

#[async_trait]
impl Tamper for BlindClaim {
    async fn start(
        &self,
        queue: &Arc<dyn JobLeases>,
        key: &JobKey,
        lease: LeaseId,
    ) -> Result<LeaseState, QueueError> {
        if let Some(id) = task::try_id().filter(|_| key.as_str().ends_with(".route")) {
            self.routing
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .insert(id);
        }
        queue.start(key, lease).await
    }

    async fn ticket(
        &self,
        store: &Arc<dyn Store>,
        id: TicketId,
    ) -> Result<Option<Ticket>, StoreError> {
        let mut ticket = store.ticket(id).await?;
        if let Some(ticket) = ticket.as_mut().filter(|_| self.is_routing()) {
            ticket.assignment = None;
        }
        Ok(ticket)
    }

    async fn write_ticket(
        &self,
        store: &Arc<dyn Store>,
        write: &TicketWrite,
    ) -> Result<TicketWritten, StoreError> {
        let is_claim = write.event.kind == EventKind::Assigned && write.event.by == ActorId::System;
        let mut write = write.clone();
        loop {
            let written = store.write_ticket(&write).await?;
            if !(is_claim && written == TicketWritten::Stale) {
                return Ok(written);
            }
            let Some(stored) = store.ticket(write.ticket.id).await? else {
                return Ok(written);
            };
            write.ticket.version = stored.version + 1;
            write.event.version = stored.version + 1;
        }
    }
}
