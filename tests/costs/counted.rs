//! A store that counts the calls of each method before it passes them on.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use tickmate::backend::store::{Store, StoreError};
use tickmate_core::delegate_store;

/// How often each method of a store was called.
pub(crate) type Calls = BTreeMap<&'static str, usize>;

/// A store whose calls are counted.
pub(crate) struct CountedStore {
    inner: Arc<dyn Store>,
    calls: Mutex<Calls>,
}

impl CountedStore {
    pub(crate) fn new(inner: Arc<dyn Store>) -> Self {
        Self {
            inner,
            calls: Mutex::default(),
        }
    }

    /// Returns the calls since the last time, and forgets them.
    pub(crate) fn take_calls(&self) -> Calls {
        std::mem::take(&mut self.calls.lock().unwrap())
    }

    async fn count<T>(
        &self,
        method: &'static str,
        call: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
        *self.calls.lock().unwrap().entry(method).or_default() += 1;
        call.await
    }
}

delegate_store! {
    CountedStore => inner;
    around count;
}
