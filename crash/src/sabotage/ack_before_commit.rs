//! Acknowledges a ticket before it is stored, which happens a moment later.

use std::sync::Arc;

use async_trait::async_trait;
use tickmate::backend::store::{NewTicket, Store, StoreError, TicketCreated};

use super::tamper::{LATER, Tamper};

pub(super) struct AckBeforeCommit;

#[async_trait]
impl Tamper for AckBeforeCommit {
    async fn create_ticket(
        &self,
        store: &Arc<dyn Store>,
        new: &NewTicket,
    ) -> Result<TicketCreated, StoreError> {
        let acknowledged = new.ticket.clone();
        let (store, new) = (Arc::clone(store), new.clone());
        tokio::spawn(async move {
            tokio::time::sleep(LATER).await;
            if let Err(error) = store.create_ticket(&new).await {
                tracing::warn!(error = %error, "a ticket acknowledged already could not be stored");
            }
        });
        Ok(TicketCreated::Created(acknowledged))
    }
}
