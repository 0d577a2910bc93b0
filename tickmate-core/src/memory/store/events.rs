//! The audit trail, which is also the outbox.

use std::collections::BTreeMap;

use async_trait::async_trait;

use super::MemoryStore;
use crate::{
    backend::store::{EventStore, StoreError},
    domain::{
        event::Event,
        id::{EventId, TicketId, UserId},
        page::Page,
        time::Timestamp,
    },
};

#[async_trait]
impl EventStore for MemoryStore {
    async fn pending_events(&self, after: u64, limit: u32) -> Result<Vec<Event>, StoreError> {
        let state = self.sequenced().await?;
        let Some(from) = after.checked_add(1) else {
            return Ok(Vec::new());
        };
        let pending = state.pending.range(from..);
        let pending = pending.filter_map(|seq| state.events.get(seq));
        Ok(pending.take(limit as usize).cloned().collect())
    }

    async fn mark_relayed(&self, events: &[EventId]) -> Result<(), StoreError> {
        let mut state = self.sequenced().await?;
        for event in events {
            if let Some(seq) = state.event_seqs.get(event).copied() {
                state.pending.remove(&seq);
            }
        }
        Ok(())
    }

    async fn events_after(&self, seq: u64, limit: u32) -> Result<Vec<Event>, StoreError> {
        let state = self.sequenced().await?;
        let Some(from) = seq.checked_add(1) else {
            return Ok(Vec::new());
        };
        let events = state.events.range(from..).take(limit as usize);
        Ok(events.map(|(_, event)| event.clone()).collect())
    }

    async fn last_seq(&self) -> Result<u64, StoreError> {
        Ok(self.sequenced().await?.last_seq())
    }

    async fn assigned_since(&self, since: Timestamp) -> Result<Vec<(UserId, u64)>, StoreError> {
        let state = self.sequenced().await?;
        let mut counts: BTreeMap<UserId, u64> = BTreeMap::new();
        for assignee in state.assigned_events.range((since, 0)..).map(|(_, to)| to) {
            *counts.entry(*assignee).or_default() += 1;
        }
        Ok(counts.into_iter().collect())
    }

    async fn event(&self, id: EventId) -> Result<Option<Event>, StoreError> {
        let state = self.sequenced().await?;
        let seq = state.event_seqs.get(&id);
        Ok(seq.and_then(|seq| state.events.get(seq)).cloned())
    }

    async fn ticket_events(
        &self,
        ticket: TicketId,
        after: u64,
        limit: u32,
    ) -> Result<Page<Event>, StoreError> {
        let state = self.sequenced().await?;
        let page: Vec<Event> = state
            .ticket_events
            .range((ticket, after)..=(ticket, u64::MAX))
            .filter(|(_, seq)| *seq > after)
            .filter_map(|(_, seq)| state.events.get(seq))
            .take(limit as usize + 1)
            .cloned()
            .collect();
        Ok(Page::cut(page, limit))
    }
}
