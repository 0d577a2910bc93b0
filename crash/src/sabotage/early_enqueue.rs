//! Says that jobs are enqueued before they are stored, which happens a moment later.

use std::sync::Arc;

use async_trait::async_trait;
use tickmate::{
    backend::queue::{JobLeases, QueueError},
    domain::job::NewJob,
};

use super::tamper::{LATER, Tamper};

pub(super) struct EarlyEnqueue;

#[async_trait]
impl Tamper for EarlyEnqueue {
    async fn enqueue(&self, queue: &Arc<dyn JobLeases>, jobs: &[NewJob]) -> Result<(), QueueError> {
        let (queue, jobs) = (Arc::clone(queue), jobs.to_vec());
        tokio::spawn(async move {
            tokio::time::sleep(LATER).await;
            if let Err(error) = queue.enqueue(&jobs).await {
                tracing::warn!(error = %error, "jobs acknowledged already could not be stored");
            }
        });
        Ok(())
    }
}
