//! A queue whose tampered methods go through a sabotage, all others straight to the queue behind it.

use std::sync::Arc;

use tickmate::{
    backend::queue::{JobLeases, LeaseState, QueueError},
    delegate_queue,
    domain::{
        id::LeaseId,
        job::{JobKey, NewJob},
    },
};

use super::tamper::Tamper;

/// A queue behind a sabotage.
pub(super) struct TamperedQueue {
    pub(super) inner: Arc<dyn JobLeases>,
    pub(super) tamper: Arc<dyn Tamper>,
}

impl TamperedQueue {
    async fn tampered_enqueue(&self, jobs: &[NewJob]) -> Result<(), QueueError> {
        self.tamper.enqueue(&self.inner, jobs).await
    }

    async fn tampered_start(&self, key: &JobKey, lease: LeaseId) -> Result<LeaseState, QueueError> {
        self.tamper.start(&self.inner, key, lease).await
    }
}

delegate_queue! {
    TamperedQueue => inner;
    replace {
        enqueue => tampered_enqueue,
        start => tampered_start,
    }
}
