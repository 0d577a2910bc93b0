//! Values of the desk, and cleaning up.

use async_trait::async_trait;

use super::MemoryStore;
use crate::{
    backend::store::{Cleaned, StoreError, SystemStore},
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

    async fn clean(
        &self,
        now: Timestamp,
        idle_before: Timestamp,
        keys_before: Timestamp,
        throttles_before: Timestamp,
    ) -> Result<Cleaned, StoreError> {
        let mut state = self.state().await?;
        let before = [
            state.sessions.len(),
            state.requests.len(),
            state.attempts.len(),
        ];
        state
            .sessions
            .retain(|_, session| now < session.expires_at && session.last_used_at >= idle_before);
        state
            .requests
            .retain(|_, request| request.at >= keys_before);
        state
            .attempts
            .retain(|_, attempts| attempts.last >= throttles_before);
        Ok(Cleaned {
            sessions: (before[0] - state.sessions.len()) as u64,
            request_keys: (before[1] - state.requests.len()) as u64,
            throttles: (before[2] - state.attempts.len()) as u64,
        })
    }

    async fn ping(&self) -> Result<(), StoreError> {
        self.state().await.map(|_| ())
    }
}
