//! A store whose tampered methods go through a sabotage, all others straight to the store behind it.

use std::sync::Arc;

use tickmate::{
    backend::store::{
        MailUpdate, NewTicket, Store, StoreError, TicketCreated, TicketWrite, TicketWritten,
    },
    delegate_store,
    domain::{event::Event, id::TicketId, mail::Mail, ticket::Ticket},
};

use super::tamper::Tamper;

/// A store behind a sabotage.
pub(super) struct TamperedStore {
    pub(super) inner: Arc<dyn Store>,
    pub(super) tamper: Arc<dyn Tamper>,
}

impl TamperedStore {
    async fn tampered_create(&self, new: &NewTicket) -> Result<TicketCreated, StoreError> {
        self.tamper.create_ticket(&self.inner, new).await
    }

    async fn tampered_ticket(&self, id: TicketId) -> Result<Option<Ticket>, StoreError> {
        self.tamper.ticket(&self.inner, id).await
    }

    async fn tampered_write(&self, write: &TicketWrite) -> Result<TicketWritten, StoreError> {
        self.tamper.write_ticket(&self.inner, write).await
    }

    async fn tampered_events(&self, after: u64, limit: u32) -> Result<Vec<Event>, StoreError> {
        self.tamper.pending_events(&self.inner, after, limit).await
    }

    async fn tampered_put(&self, mail: &Mail) -> Result<Mail, StoreError> {
        self.tamper.put_mail(&self.inner, mail).await
    }

    async fn tampered_update(&self, update: &MailUpdate) -> Result<bool, StoreError> {
        self.tamper.update_mail(&self.inner, update).await
    }

    async fn tampered_value(&self, name: &str) -> Result<Option<String>, StoreError> {
        self.tamper.value(&self.inner, name).await
    }
}

delegate_store! {
    TamperedStore => inner;
    replace {
        create_ticket => tampered_create,
        ticket => tampered_ticket,
        write_ticket => tampered_write,
        pending_events => tampered_events,
        put_mail => tampered_put,
        update_mail => tampered_update,
        value => tampered_value,
    }
}
