//! A queue that passes tampered methods to a sabotage, and all others directly to the inner queue.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use async_trait::async_trait;
use tickmate::{
    backend::queue::{AfterError, ClaimRequest, JobLeases, JobQueue, LeaseState, QueueError},
    domain::{
        id::LeaseId,
        job::{DeadJob, DeadPlace, JobKey, LeasedJob, NewJob, QueueDepth},
        job_class::JobClass,
        page::Page,
        time::Timestamp,
    },
};

use super::tamper::Tamper;

/// A queue with a sabotage.
pub(super) struct TamperedQueue {
    pub(super) inner: Arc<dyn JobLeases>,
    pub(super) tamper: Arc<dyn Tamper>,
}

#[async_trait]
impl JobQueue for TamperedQueue {
    async fn enqueue(&self, jobs: &[NewJob]) -> Result<(), QueueError> {
        self.tamper.enqueue(&self.inner, jobs).await
    }

    async fn dead(
        &self,
        after: Option<DeadPlace>,
        limit: u32,
    ) -> Result<Page<DeadJob>, QueueError> {
        self.inner.dead(after, limit).await
    }

    async fn deaths(&self, keys: &[JobKey]) -> Result<Vec<DeadJob>, QueueError> {
        self.inner.deaths(keys).await
    }

    async fn replay(&self, key: &JobKey, now: Timestamp) -> Result<bool, QueueError> {
        self.inner.replay(key, now).await
    }

    async fn depth(&self) -> Result<QueueDepth, QueueError> {
        self.inner.depth().await
    }

    async fn waiting_deliveries(&self) -> Result<BTreeMap<String, u64>, QueueError> {
        self.inner.waiting_deliveries().await
    }

    async fn clean(&self, ended_before: Timestamp) -> Result<u64, QueueError> {
        self.inner.clean(ended_before).await
    }

    async fn overdue(&self, due_before: Timestamp, limit: u32) -> Result<Vec<JobKey>, QueueError> {
        self.inner.overdue(due_before, limit).await
    }

    async fn ping(&self) -> Result<(), QueueError> {
        self.inner.ping().await
    }
}

#[async_trait]
impl JobLeases for TamperedQueue {
    async fn claim(&self, request: &ClaimRequest) -> Result<Vec<LeasedJob>, QueueError> {
        self.inner.claim(request).await
    }

    async fn start(&self, key: &JobKey, lease: LeaseId) -> Result<LeaseState, QueueError> {
        self.tamper.start(&self.inner, key, lease).await
    }

    async fn renew(
        &self,
        keys: &[JobKey],
        lease: LeaseId,
        duration: Duration,
    ) -> Result<Vec<JobKey>, QueueError> {
        self.inner.renew(keys, lease, duration).await
    }

    async fn finish(&self, key: &JobKey, lease: LeaseId) -> Result<LeaseState, QueueError> {
        self.inner.finish(key, lease).await
    }

    async fn fail(
        &self,
        key: &JobKey,
        lease: LeaseId,
        error: &str,
        after: AfterError,
    ) -> Result<LeaseState, QueueError> {
        self.inner.fail(key, lease, error, after).await
    }

    async fn release(&self, keys: &[JobKey], lease: LeaseId) -> Result<(), QueueError> {
        self.inner.release(keys, lease).await
    }

    async fn next_due(&self, classes: &[JobClass]) -> Result<Option<Timestamp>, QueueError> {
        self.inner.next_due(classes).await
    }
}
