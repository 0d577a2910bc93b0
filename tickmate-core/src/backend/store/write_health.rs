//! Tracks whether writes reach the storage: after a failed write, a store is not ready until a probe succeeds.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use super::StoreError;

/// The least time between two probes.
const PROBE_EVERY: Duration = Duration::from_secs(1);

/// Tracks the results of the latest writes of one process. A store answers [`SystemStore::ping`](super::SystemStore::ping) by it.
#[derive(Debug, Default)]
pub struct WriteHealth {
    failing: Mutex<Option<Failing>>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Failing {
    /// The number of failed writes. A probe that began before the last failure proves nothing.
    failures: u64,
    probed_at: Option<Instant>,
}

/// What to do before the store counts as ready.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Checkup {
    /// Nothing: no write has failed.
    Healthy,
    /// A probe is due; report its success to [`WriteHealth::probe_succeeded`] with this number.
    Probe(u64),
    /// A write has failed, and the next probe is not yet due.
    Failing,
}

impl WriteHealth {
    /// Records the result of a write. Only [`StoreError::StorageFull`] and [`StoreError::Unavailable`] count as failures: the
    /// other errors say nothing about the storage.
    pub fn note<T>(&self, result: &Result<T, StoreError>) {
        if let Err(StoreError::StorageFull(_) | StoreError::Unavailable(_)) = result {
            let mut failing = self.lock();
            failing.get_or_insert_default().failures += 1;
        }
    }

    /// Returns once writes are known to succeed. After a failed write it runs `probe`, a write of the store's own, if the
    /// last probe began at least a second before `now`. The store passes the result of the probe to [`WriteHealth::note`],
    /// like that of any write.
    ///
    /// # Errors
    /// The error of the probe; [`StoreError::Unavailable`] if the next probe is not yet due.
    pub async fn confirm(
        &self,
        now: Instant,
        probe: impl Future<Output = Result<(), StoreError>>,
    ) -> Result<(), StoreError> {
        match self.check(now) {
            Checkup::Healthy => Ok(()),
            Checkup::Probe(number) => {
                probe.await?;
                self.probe_succeeded(number);
                Ok(())
            }
            Checkup::Failing => Err(StoreError::Unavailable(
                "a write failed, and no probe has succeeded since".into(),
            )),
        }
    }

    /// Returns what to do at this moment. A probe that it requests counts as begun.
    fn check(&self, now: Instant) -> Checkup {
        let mut failing = self.lock();
        let Some(failing) = failing.as_mut() else {
            return Checkup::Healthy;
        };
        let is_due = failing
            .probed_at
            .is_none_or(|probed_at| now.duration_since(probed_at) >= PROBE_EVERY);
        if !is_due {
            return Checkup::Failing;
        }
        failing.probed_at = Some(now);
        Checkup::Probe(failing.failures)
    }

    /// Clears the failure unless another write has failed since the probe of this number began.
    fn probe_succeeded(&self, number: u64) {
        let mut failing = self.lock();
        if failing.is_some_and(|failing| failing.failures == number) {
            *failing = None;
        }
    }

    fn lock(&self) -> MutexGuard<'_, Option<Failing>> {
        self.failing.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn start() -> Instant {
        tokio::time::Instant::now().into_std()
    }

    fn full() -> Result<(), StoreError> {
        Err(StoreError::StorageFull("full".into()))
    }

    #[test]
    fn a_failed_write_requests_a_probe_each_second_until_one_succeeds() {
        let health = WriteHealth::default();
        let start = start();
        let after = |millis| start + Duration::from_millis(millis);
        assert_eq!(health.check(start), Checkup::Healthy);
        health.note(&full());
        assert_eq!(health.check(start), Checkup::Probe(1));
        assert_eq!(health.check(after(999)), Checkup::Failing);
        assert_eq!(health.check(after(1_000)), Checkup::Probe(1));
        health.probe_succeeded(1);
        assert_eq!(health.check(after(1_001)), Checkup::Healthy);
    }

    #[test]
    fn a_probe_proves_nothing_about_later_failures() {
        let health = WriteHealth::default();
        let now = start();
        health.note(&full());
        assert_eq!(health.check(now), Checkup::Probe(1));
        health.note(&full());
        health.probe_succeeded(1);
        assert_eq!(health.check(now), Checkup::Failing);
        assert_eq!(health.check(now + PROBE_EVERY), Checkup::Probe(2));
    }

    #[test]
    fn refusals_say_nothing_about_the_storage() {
        let health = WriteHealth::default();
        health.note(&Ok(()));
        health.note::<()>(&Err(StoreError::NotFound));
        health.note::<()>(&Err(StoreError::Overloaded));
        assert_eq!(health.check(start()), Checkup::Healthy);
    }
}
