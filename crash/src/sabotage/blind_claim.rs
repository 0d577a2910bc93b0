//! Lets the router assign a ticket that is already assigned: a ticket that it loads looks unassigned, and its write
//! ignores the version. A routing job that runs again after a crash then assigns its ticket again.

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

/// The tasks that run routing jobs. Each job has a task of its own.
#[derive(Default)]
pub(super) struct BlindClaim {
    routing_tasks: Mutex<HashSet<Id>>,
}

impl BlindClaim {
    fn is_routing(&self) -> bool {
        let routing_tasks = self
            .routing_tasks
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        task::try_id().is_some_and(|id| routing_tasks.contains(&id))
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
            self.routing_tasks
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
