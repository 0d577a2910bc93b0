//! The methods of the back ends that a sabotage may change. By default each is unchanged.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use tickmate::{
    backend::{
        mailer::{MailError, Mailer, OutgoingMail, Receipt},
        queue::{JobLeases, LeaseState, QueueError},
        store::{
            MailUpdate, NewTicket, Store, StoreError, TicketCreated, TicketWrite, TicketWritten,
        },
    },
    domain::{
        event::Event,
        id::{LeaseId, TicketId},
        job::{JobKey, NewJob},
        mail::Mail,
        ticket::Ticket,
    },
};

/// The time between an early acknowledgment and the storing of what was acknowledged.
pub(super) const STORE_DELAY: Duration = Duration::from_millis(20);

/// The methods that a sabotage may change.
#[async_trait]
pub(super) trait Tamper: Send + Sync {
    async fn create_ticket(
        &self,
        store: &Arc<dyn Store>,
        new: &NewTicket,
    ) -> Result<TicketCreated, StoreError> {
        store.create_ticket(new).await
    }

    async fn ticket(
        &self,
        store: &Arc<dyn Store>,
        id: TicketId,
    ) -> Result<Option<Ticket>, StoreError> {
        store.ticket(id).await
    }

    async fn write_ticket(
        &self,
        store: &Arc<dyn Store>,
        write: &TicketWrite,
    ) -> Result<TicketWritten, StoreError> {
        store.write_ticket(write).await
    }

    async fn pending_events(
        &self,
        store: &Arc<dyn Store>,
        after: u64,
        limit: u32,
    ) -> Result<Vec<Event>, StoreError> {
        store.pending_events(after, limit).await
    }

    async fn value(
        &self,
        store: &Arc<dyn Store>,
        name: &str,
    ) -> Result<Option<String>, StoreError> {
        store.value(name).await
    }

    async fn put_mail(&self, store: &Arc<dyn Store>, mail: &Mail) -> Result<Mail, StoreError> {
        store.put_mail(mail).await
    }

    async fn update_mail(
        &self,
        store: &Arc<dyn Store>,
        update: &MailUpdate,
    ) -> Result<bool, StoreError> {
        store.update_mail(update).await
    }

    async fn enqueue(&self, queue: &Arc<dyn JobLeases>, jobs: &[NewJob]) -> Result<(), QueueError> {
        queue.enqueue(jobs).await
    }

    async fn start(
        &self,
        queue: &Arc<dyn JobLeases>,
        key: &JobKey,
        lease: LeaseId,
    ) -> Result<LeaseState, QueueError> {
        queue.start(key, lease).await
    }

    async fn send(
        &self,
        mailer: &Arc<dyn Mailer>,
        mail: &OutgoingMail,
    ) -> Result<Receipt, MailError> {
        mailer.send(mail).await
    }
}
