//! The desk's rules.

use async_trait::async_trait;

use super::MemoryStore;
use crate::{
    backend::store::{RulesRecord, RulesStore, RulesWrite, RulesWritten, StoreError},
    domain::desk_rules::RulesKind,
};

#[async_trait]
impl RulesStore for MemoryStore {
    async fn rules(&self, kind: RulesKind) -> Result<Option<RulesRecord>, StoreError> {
        Ok(self.state().await?.rules.get(&kind).cloned())
    }

    async fn write_rules(&self, write: &RulesWrite) -> Result<RulesWritten, StoreError> {
        let mut state = self.state().await?;
        let stored = state.rules.get(&write.kind);
        let version = stored.map_or(0, |record| record.version);
        if version.checked_add(1) != Some(write.record.version) {
            return Ok(RulesWritten::Stale);
        }
        state.check_event(&write.event)?;
        state.rules.insert(write.kind, write.record.clone());
        state.add_event(&write.event);
        Ok(RulesWritten::Written)
    }
}
