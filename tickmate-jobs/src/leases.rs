//! Which jobs are leased, and keeping them so.

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

/// The jobs that this worker holds.
#[derive(Debug, Default)]
pub(crate) struct Leases {
    held: Mutex<HashMap<JobKey, Holding>>,
}

#[derive(Debug)]
struct Holding {
    lease: LeaseId,
    run: Option<AbortHandle>,
    /// When nobody was left to renew the lease, which ran out one duration later at the latest.
    abandoned_at: Option<Instant>,
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
                    abandoned_at: None,
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

    /// Notes that nobody renews the lease of this job any more, and forgets the jobs whose leases ran out since they were
    /// abandoned. `duration` is that of each lease.
    pub(crate) fn abandon(&self, key: &JobKey, lease: LeaseId, duration: Duration) {
        let now = Instant::now();
        self.with(|held| {
            let has_run_out = |at: Instant| now.duration_since(at) >= duration;
            held.retain(|_, holding| !holding.abandoned_at.is_some_and(has_run_out));
            if let Some(holding) = held.get_mut(key).filter(|holding| holding.lease == lease) {
                holding.abandoned_at = Some(now);
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

#[cfg(test)]
mod tests {
    use tickmate_core::domain::time::from_micros;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn abandoned_jobs_are_forgotten_when_their_leases_ran_out() {
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
        let mut left = leases.by_lease().remove(&lease).unwrap();
        left.sort();
        assert_eq!(left, [second, third]);
    }
}
