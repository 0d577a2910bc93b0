//! Whether writes reach the disk: after one that failed the store is unwell until a probe succeeds.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tickmate_core::backend::store::StoreError;
use tokio::time::Instant;

/// A probe is made at most this often.
const PROBE_EVERY: Duration = Duration::from_secs(1);

/// What the last writes came to.
#[derive(Debug, Default)]
pub(in crate::sqlite) struct WriteHealth {
    failing: Mutex<Option<Failing>>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Failing {
    /// How many writes have failed. A probe that began before the last failure proves nothing.
    failures: u64,
    probed_at: Option<Instant>,
}

/// What to do before the store may be called well.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::sqlite) enum Checkup {
    /// Nothing: no write has failed.
    Well,
    /// A probe is due; report it by [`WriteHealth::probe_succeeded`] with this number.
    Probe(u64),
    /// A write has failed, and the next probe is not due yet.
    Unwell,
}

impl WriteHealth {
    /// Takes note of how a write ended: errors of the caller say nothing about the disk.
    pub(super) fn note<T>(&self, result: &Result<T, StoreError>) {
        if let Err(StoreError::StorageFull(_) | StoreError::Unavailable(_)) = result {
            let mut failing = self.lock();
            failing.get_or_insert_default().failures += 1;
        }
    }

    /// Says what to do at this moment. A probe that it asks for counts as begun.
    pub(in crate::sqlite) fn check(&self, now: Instant) -> Checkup {
        let mut failing = self.lock();
        let Some(failing) = failing.as_mut() else {
            return Checkup::Well;
        };
        let is_due = failing
            .probed_at
            .is_none_or(|probed_at| now.duration_since(probed_at) >= PROBE_EVERY);
        if !is_due {
            return Checkup::Unwell;
        }
        failing.probed_at = Some(now);
        Checkup::Probe(failing.failures)
    }

    /// Ends the failure unless another write has failed since the probe of this number began.
    pub(in crate::sqlite) fn probe_succeeded(&self, number: u64) {
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

    fn full() -> Result<(), StoreError> {
        Err(StoreError::StorageFull("full".into()))
    }

    #[test]
    fn a_failed_write_asks_for_a_probe_each_second_until_one_succeeds() {
        let health = WriteHealth::default();
        let start = Instant::now();
        let after = |millis| start + Duration::from_millis(millis);
        assert_eq!(health.check(start), Checkup::Well);
        health.note(&full());
        assert_eq!(health.check(start), Checkup::Probe(1));
        assert_eq!(health.check(after(999)), Checkup::Unwell);
        assert_eq!(health.check(after(1_000)), Checkup::Probe(1));
        health.probe_succeeded(1);
        assert_eq!(health.check(after(1_001)), Checkup::Well);
    }

    #[test]
    fn a_probe_proves_nothing_about_later_failures() {
        let health = WriteHealth::default();
        let now = Instant::now();
        health.note(&full());
        assert_eq!(health.check(now), Checkup::Probe(1));
        health.note(&full());
        health.probe_succeeded(1);
        assert_eq!(health.check(now), Checkup::Unwell);
        assert_eq!(health.check(now + PROBE_EVERY), Checkup::Probe(2));
    }

    #[test]
    fn refusals_say_nothing_about_the_disk() {
        let health = WriteHealth::default();
        health.note(&Ok(()));
        health.note::<()>(&Err(StoreError::NotFound));
        health.note::<()>(&Err(StoreError::Overloaded));
        assert_eq!(health.check(Instant::now()), Checkup::Well);
    }
}
