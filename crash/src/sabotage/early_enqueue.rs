//! Acknowledges jobs before they are stored; they are stored shortly afterwards.

use std::sync::Arc;

use async_trait::async_trait;
use tickmate::{
    backend::queue::{JobLeases, QueueError},
    domain::job::NewJob,
};

use super::tamper::{STORE_DELAY, Tamper};

pub(super) struct EarlyEnqueue;

#[async_trait]
impl Tamper for EarlyEnqueue {
    async fn enqueue(&self, queue: &Arc<dyn JobLeases>, jobs: &[NewJob]) -> Result<(), QueueError> {
        let (queue, jobs) = (Arc::clone(queue), jobs.to_vec());
        tokio::spawn(async move {
            tokio::time::sleep(STORE_DELAY).await;
            if let Err(error) = queue.enqueue(&jobs).await {
                tracing::warn!(error = %error, "can't store acknowledged jobs");
            }
        });
        Ok(())
    }
}
