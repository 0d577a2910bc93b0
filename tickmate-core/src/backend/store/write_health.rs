//! Whether writes reach the storage: after one that failed, a store is not ready until a probe succeeds.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use super::StoreError;

/// A probe is made at most this often.
const PROBE_EVERY: Duration = Duration::from_secs(1);

/// The outcome of the last writes of one process, by which a store answers [`SystemStore::ping`](super::SystemStore::ping).
#[derive(Debug, Default)]
pub struct WriteHealth {
    failing: Mutex<Option<Failing>>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Failing {
    /// How many writes have failed. A probe that began before the last failure proves nothing.
    failures: u64,
    probed_at: Option<Instant>,
}

/// What to do before the store counts as ready.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Checkup {
    /// Nothing: no write has failed.
    Healthy,
    /// A probe is due; report it by [`WriteHealth::probe_succeeded`] with this number.
    Probe(u64),
    /// A write has failed, and the next probe is not due yet.
    Failing,
}

impl WriteHealth {
    /// Records how a write ended. Only [`StoreError::StorageFull`] and [`StoreError::Unavailable`] count as failures: the
    /// other errors say nothing about the storage.
    pub fn note<T>(&self, result: &Result<T, StoreError>) {
        if let Err(StoreError::StorageFull(_) | StoreError::Unavailable(_)) = result {
            let mut failing = self.lock();
            failing.get_or_insert_default().failures += 1;
        }
    }

    /// Returns once writes are known to succeed. After a failed write it runs `probe`, a write of the store's own, if the
    /// last probe began at least a second before `now`. The store passes the probe's result to [`WriteHealth::note`] as
    /// that of any write.
    ///
    /// # Errors
    /// The error of the probe; [`StoreError::Unavailable`] if the next probe is not due yet.
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

    /// Returns what to do at this moment. A probe that it asks for counts as begun.
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

    /// Ends the failure unless another write has failed since the probe of this number began.
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
    fn a_failed_write_asks_for_a_probe_each_second_until_one_succeeds() {
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
