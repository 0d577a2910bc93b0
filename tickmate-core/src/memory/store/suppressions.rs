//! The suppression list.

use std::ops::Bound;

use async_trait::async_trait;

use super::MemoryStore;
use crate::{
    backend::store::{StoreError, SuppressionStore},
    domain::{email::Email, page::Page, suppression::Suppression},
};

#[async_trait]
impl SuppressionStore for MemoryStore {
    async fn suppress(&self, suppression: &Suppression) -> Result<Suppression, StoreError> {
        let mut state = self.state().await?;
        let entry = state.suppressions.entry(suppression.address.clone());
        Ok(entry.or_insert_with(|| suppression.clone()).clone())
    }

    async fn suppression(&self, address: &Email) -> Result<Option<Suppression>, StoreError> {
        Ok(self.state().await?.suppressions.get(address).cloned())
    }

    async fn unsuppress(&self, address: &Email) -> Result<bool, StoreError> {
        let mut state = self.state().await?;
        Ok(state.suppressions.remove(address).is_some())
    }

    async fn suppressions(
        &self,
        after: Option<Email>,
        limit: u32,
    ) -> Result<Page<Suppression>, StoreError> {
        let state = self.state().await?;
        let after = after.as_ref().map_or(Bound::Unbounded, Bound::Excluded);
        let listed = state
            .suppressions
            .range::<Email, _>((after, Bound::Unbounded));
        let listed = listed.take(limit as usize + 1).map(|(_, entry)| entry);
        Ok(Page::cut(listed.cloned().collect(), limit))
    }
}
