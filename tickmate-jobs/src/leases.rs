//! Which jobs are leased, and keeping them so.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use tickmate_core::{
    backend::queue::{JobLeases, QueueError},
    domain::{id::LeaseId, job::JobKey},
};
use tokio::task::AbortHandle;

use crate::WorkerSettings;

/// The jobs that this worker holds.
#[derive(Debug, Default)]
pub(crate) struct Leases {
    held: Mutex<HashMap<JobKey, Holding>>,
}

#[derive(Debug)]
struct Holding {
    lease: LeaseId,
    run: Option<AbortHandle>,
    /// The last renewal did not find it: either the lease was lost, or the job has just ended.
    missed: bool,
}

impl Leases {
    /// Notes that a job is held.
    pub(crate) fn hold(&self, key: JobKey, lease: LeaseId) {
        self.with(|held| {
            held.insert(
                key,
                Holding {
                    lease,
                    run: None,
                    missed: false,
                },
            )
        });
    }

    /// Notes how the run of a held job is stopped.
    pub(crate) fn running(&self, key: &JobKey, run: AbortHandle) {
        self.with(|held| {
            if let Some(holding) = held.get_mut(key) {
                holding.run = Some(run);
            }
        });
    }

    /// Notes that a job is no longer held under this lease.
    pub(crate) fn drop_lease(&self, key: &JobKey, lease: LeaseId) {
        self.with(|held| {
            if held.get(key).is_some_and(|holding| holding.lease == lease) {
                held.remove(key);
            }
        });
    }

    /// Renews every lease. The run of a job whose lease was lost is stopped: somebody else has the job. A job that
    /// ended while its lease was renewed looks the same, so that only one missed twice counts.
    pub(crate) async fn renew(
        &self,
        queue: &dyn JobLeases,
        settings: &WorkerSettings,
    ) -> Result<(), QueueError> {
        for (lease, keys) in self.by_lease() {
            let still = queue.renew(&keys, lease, settings.lease).await?;
            for key in keys.iter().filter(|key| !still.contains(key)) {
                self.stop_lost(key, lease);
            }
        }
        Ok(())
    }

    /// Stops every run and gives the jobs back.
    pub(crate) async fn release_all(&self, queue: &Arc<dyn JobLeases>) {
        self.with(|held| {
            held.values()
                .filter_map(|holding| holding.run.as_ref())
                .for_each(AbortHandle::abort)
        });
        for (lease, keys) in self.by_lease() {
            if let Err(error) = queue.release(&keys, lease).await {
                tracing::warn!(error = %error, jobs = keys.len(), "jobs could not be given back; their leases run out");
            }
        }
    }

    fn stop_lost(&self, key: &JobKey, lease: LeaseId) {
        self.with(|held| match held.get_mut(key) {
            Some(holding) if holding.lease == lease && !holding.missed => holding.missed = true,
            Some(holding) if holding.lease == lease => {
                tracing::warn!(job.key = %key, "the lease of a job was lost");
                if let Some(run) = &holding.run {
                    run.abort();
                }
                held.remove(key);
            }
            Some(_) | None => {}
        });
    }

    fn by_lease(&self) -> HashMap<LeaseId, Vec<JobKey>> {
        self.with(|held| {
            let mut groups: HashMap<LeaseId, Vec<JobKey>> = HashMap::new();
            for (key, holding) in held.iter() {
                groups.entry(holding.lease).or_default().push(key.clone());
            }
            groups
        })
    }

    fn with<T>(&self, f: impl FnOnce(&mut HashMap<JobKey, Holding>) -> T) -> T {
        f(&mut self.held.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
