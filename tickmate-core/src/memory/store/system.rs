//! Values of the desk, blobs, and clean-up.

use async_trait::async_trait;

use super::{MemoryStore, state::sweep};
use crate::{
    backend::store::{BlobGroup, Cleaned, MAX_BLOB_PART, StoreError, SystemStore},
    domain::time::Timestamp,
};

#[async_trait]
impl SystemStore for MemoryStore {
    async fn value(&self, name: &str) -> Result<Option<String>, StoreError> {
        Ok(self.state().await?.values.get(name).cloned())
    }

    async fn put_value(&self, name: &str, value: Option<&str>) -> Result<(), StoreError> {
        let mut state = self.state().await?;
        match value {
            Some(value) => state.values.insert(name.to_owned(), value.to_owned()),
            None => state.values.remove(name),
        };
        Ok(())
    }

    async fn replace_value(
        &self,
        name: &str,
        expected: Option<&str>,
        value: &str,
    ) -> Result<bool, StoreError> {
        let mut state = self.state().await?;
        let is_expected = state.values.get(name).map(String::as_str) == expected;
        if is_expected {
            state.values.insert(name.to_owned(), value.to_owned());
        }
        Ok(is_expected)
    }

    async fn put_blob(
        &self,
        group: &str,
        part: u32,
        bytes: &[u8],
        at: Timestamp,
    ) -> Result<(), StoreError> {
        if bytes.len() > MAX_BLOB_PART {
            return Err(StoreError::Full);
        }
        let mut state = self.state().await?;
        let key = (group.to_owned(), part);
        state.blobs.insert(key, (bytes.to_vec(), at));
        Ok(())
    }

    async fn blob(&self, group: &str, part: u32) -> Result<Option<Vec<u8>>, StoreError> {
        let state = self.state().await?;
        let bytes = state.blobs.get(&(group.to_owned(), part));
        Ok(bytes.map(|(bytes, _)| bytes.clone()))
    }

    async fn blob_groups(&self) -> Result<Vec<BlobGroup>, StoreError> {
        let state = self.state().await?;
        let mut groups: Vec<BlobGroup> = Vec::new();
        for ((name, _), (_, put_at)) in &state.blobs {
            match groups.last_mut().filter(|group| group.name == *name) {
                Some(group) => group.put_at = group.put_at.max(*put_at),
                None => groups.push(BlobGroup {
                    name: name.clone(),
                    put_at: *put_at,
                }),
            }
        }
        Ok(groups)
    }

    async fn remove_blobs(&self, group: &str) -> Result<u64, StoreError> {
        let mut state = self.state().await?;
        let limit = state.sweep_limit();
        Ok(sweep(&mut state.blobs, limit, |(name, _), _| name == group))
    }

    async fn clean(
        &self,
        now: Timestamp,
        idle_before: Timestamp,
        keys_before: Timestamp,
        attempts_before: Timestamp,
    ) -> Result<Cleaned, StoreError> {
        let mut state = self.state().await?;
        let limit = state.sweep_limit();
        Ok(Cleaned {
            sessions: sweep(&mut state.sessions, limit, |_, session| {
                session.expires_at <= now || session.last_used_at < idle_before
            }),
            request_keys: sweep(&mut state.requests, limit, |_, request| {
                request.at < keys_before
            }),
            attempts: sweep(&mut state.attempts, limit, |_, window| {
                window.start < attempts_before
            }),
        })
    }

    /// Always 0: records are stored as values, and none has to be decoded.
    fn unreadable_records(&self) -> u64 {
        0
    }

    async fn ping(&self) -> Result<(), StoreError> {
        self.state().await.map(|_| ())
    }
}
