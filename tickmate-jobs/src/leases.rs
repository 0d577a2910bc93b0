//! The leases of a worker's jobs, and their renewal.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tickmate_core::{
    backend::queue::{JobLeases, QueueError},
    domain::{id::LeaseId, job::JobKey},
};
use tokio::{task::AbortHandle, time::Instant};

use crate::WorkerSettings;

/// The jobs that this worker has leased.
#[derive(Debug, Default)]
pub(crate) struct Leases {
    jobs: Mutex<HashMap<JobKey, HeldLease>>,
}

#[derive(Debug)]
struct HeldLease {
    lease: LeaseId,
    run: Option<AbortHandle>,
    /// When the run was dropped, so that the lease expires one duration later at the latest.
    abandoned_at: Option<Instant>,
    /// Whether the last renewal did not find the lease: it was lost, or the job has just ended.
    missed: bool,
}

impl Leases {
    /// Records that a job is leased.
    pub(crate) fn hold(&self, key: JobKey, lease: LeaseId) {
        self.with_jobs(|jobs| {
            jobs.insert(
                key,
                HeldLease {
                    lease,
                    run: None,
                    abandoned_at: None,
                    missed: false,
                },
            )
        });
    }

    /// Records the handle that aborts the run of a leased job.
    pub(crate) fn set_run(&self, key: &JobKey, run: AbortHandle) {
        self.with_jobs(|jobs| {
            if let Some(held) = jobs.get_mut(key) {
                held.run = Some(run);
            }
        });
    }

    /// Removes the job that is leased under this lease.
    pub(crate) fn remove(&self, key: &JobKey, lease: LeaseId) {
        self.with_jobs(|jobs| {
            if jobs.get(key).is_some_and(|held| held.lease == lease) {
                jobs.remove(key);
            }
        });
    }

    /// Records that the lease of this job is not renewed anymore, and removes the jobs whose leases have expired
    /// since they were abandoned. `duration` is the duration of each lease.
    pub(crate) fn abandon(&self, key: &JobKey, lease: LeaseId, duration: Duration) {
        let now = Instant::now();
        self.with_jobs(|jobs| {
            let has_run_out = |at: Instant| now.duration_since(at) >= duration;
            jobs.retain(|_, held| !held.abandoned_at.is_some_and(has_run_out));
            if let Some(held) = jobs.get_mut(key).filter(|held| held.lease == lease) {
                held.abandoned_at = Some(now);
            }
        });
    }

    /// Renews every lease. Aborts the run of a job whose lease was lost, because another process has the job. A job
    /// that ended during the renewal looks the same, so a lease counts as lost only after two missed renewals.
    pub(crate) async fn renew(
        &self,
        queue: &dyn JobLeases,
        settings: &WorkerSettings,
    ) -> Result<(), QueueError> {
        for (lease, keys) in self.by_lease() {
            let renewed = queue.renew(&keys, lease, settings.lease).await?;
            for key in keys.iter().filter(|key| !renewed.contains(key)) {
                self.note_missed(key, lease);
            }
        }
        Ok(())
    }

    /// Aborts every run and releases the jobs.
    pub(crate) async fn release_all(&self, queue: &Arc<dyn JobLeases>) {
        self.with_jobs(|jobs| {
            jobs.values()
                .filter_map(|held| held.run.as_ref())
                .for_each(AbortHandle::abort)
        });
        for (lease, keys) in self.by_lease() {
            if let Err(error) = queue.release(&keys, lease).await {
                tracing::warn!(error = %error, jobs = keys.len(), "can't release jobs; their leases will expire");
            }
        }
    }

    fn note_missed(&self, key: &JobKey, lease: LeaseId) {
        self.with_jobs(|jobs| match jobs.get_mut(key) {
            Some(held) if held.lease == lease && !held.missed => held.missed = true,
            Some(held) if held.lease == lease => {
                tracing::warn!(job.key = %key, "the lease of a job was lost");
                if let Some(run) = &held.run {
                    run.abort();
                }
                jobs.remove(key);
            }
            Some(_) | None => {}
        });
    }

    fn by_lease(&self) -> HashMap<LeaseId, Vec<JobKey>> {
        self.with_jobs(|jobs| {
            let mut groups: HashMap<LeaseId, Vec<JobKey>> = HashMap::new();
            for (key, held) in jobs.iter() {
                groups.entry(held.lease).or_default().push(key.clone());
            }
            groups
        })
    }

    fn with_jobs<T>(&self, f: impl FnOnce(&mut HashMap<JobKey, HeldLease>) -> T) -> T {
        f(&mut self.jobs.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[cfg(test)]
mod tests {
    use tickmate_core::domain::time::from_micros;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn abandoned_jobs_are_removed_when_their_leases_have_expired() {
        let leases = Leases::default();
        let duration = Duration::from_secs(60);
        let lease = LeaseId::new(from_micros(0), [1; 10]);
        let [first, second, third] = ["a", "b", "c"].map(JobKey::new);
        for key in [&first, &second, &third] {
            leases.hold(key.clone(), lease);
        }
        leases.abandon(&first, lease, duration);
        tokio::time::advance(duration - Duration::from_secs(1)).await;
        leases.abandon(&second, lease, duration);
        assert_eq!(leases.by_lease()[&lease].len(), 3);
        tokio::time::advance(Duration::from_secs(1)).await;
        leases.abandon(&second, lease, duration);
        let mut remaining = leases.by_lease().remove(&lease).unwrap();
        remaining.sort();
        assert_eq!(remaining, [second, third]);
    }
}
