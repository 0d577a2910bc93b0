//! Moves the position of an event handler when the relay reads it. A crash before the deliveries are enqueued loses
//! them.

use std::sync::Arc;

use async_trait::async_trait;
use tickmate::backend::store::{Store, StoreError};

use super::tamper::Tamper;
use crate::host;

pub(super) struct HandlersMoveFirst;

#[async_trait]
impl Tamper for HandlersMoveFirst {
    async fn value(
        &self,
        store: &Arc<dyn Store>,
        name: &str,
    ) -> Result<Option<String>, StoreError> {
        let value = store.value(name).await?;
        if value.is_some() && name == host::HANDLER_POSITION {
            let last = store.last_seq().await?.to_string();
            store.put_value(name, Some(&last)).await?;
        }
        Ok(value)
    }
}
