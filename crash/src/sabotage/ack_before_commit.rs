//! Acknowledges a ticket before it is stored; it is stored shortly afterwards.

use std::sync::Arc;

use async_trait::async_trait;
use tickmate::backend::store::{NewTicket, Store, StoreError, TicketCreated};

use super::tamper::{STORE_DELAY, Tamper};

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
            tokio::time::sleep(STORE_DELAY).await;
            if let Err(error) = store.create_ticket(&new).await {
                tracing::warn!(error = %error, "can't store an acknowledged ticket");
            }
        });
        Ok(TicketCreated::Created(acknowledged))
    }
}
