//! Marks events as relayed when the relay reads them. A crash before their jobs are enqueued loses them.

use std::sync::Arc;

use async_trait::async_trait;
use tickmate::{
    backend::store::{Store, StoreError},
    domain::event::Event,
};

use super::tamper::Tamper;

pub(super) struct RelayMarksFirst;

#[async_trait]
impl Tamper for RelayMarksFirst {
    async fn pending_events(
        &self,
        store: &Arc<dyn Store>,
        after: u64,
        limit: u32,
    ) -> Result<Vec<Event>, StoreError> {
        let events = store.pending_events(after, limit).await?;
        let ids: Vec<_> = events.iter().map(|event| event.id).collect();
        if !ids.is_empty() {
            store.mark_relayed(&ids).await?;
        }
        Ok(events)
    }
}
