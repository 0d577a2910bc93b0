//! A queue to test, with the clock that it goes by: leases run out without anybody waiting.

use std::{
    any::Any,
    fmt,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use crate::{
    backend::queue::JobLeases,
    domain::time::{Timestamp, from_micros},
};

/// A clock that stands still until it is told otherwise. Clones show the same time.
#[derive(Debug, Clone)]
pub struct TestClock(Arc<AtomicI64>);

impl TestClock {
    /// A clock that shows this moment, to the microsecond.
    pub fn at(now: Timestamp) -> Self {
        Self(Arc::new(AtomicI64::new(now.timestamp_micros())))
    }

    /// The moment it shows.
    pub fn now(&self) -> Timestamp {
        from_micros(self.0.load(Ordering::SeqCst))
    }

    /// Shows another moment.
    pub fn set(&self, now: Timestamp) {
        self.0.store(now.timestamp_micros(), Ordering::SeqCst);
    }

    /// Goes forward.
    pub fn advance(&self, by: Duration) {
        let micros = i64::try_from(by.as_micros()).unwrap_or(i64::MAX);
        self.0.fetch_add(micros, Ordering::SeqCst);
    }

    /// The clock as queues take it at construction.
    pub fn as_fn(&self) -> Arc<dyn Fn() -> Timestamp + Send + Sync> {
        let clock = self.clone();
        Arc::new(move || clock.now())
    }
}

/// Begins in September 2026.
impl Default for TestClock {
    fn default() -> Self {
        Self::at(from_micros(1_788_220_800_000_000))
    }
}

/// A queue to test. Its "now" must be the clock's.
pub struct QueueUnderTest {
    /// The queue, empty.
    pub queue: Arc<dyn JobLeases>,
    /// The clock that it was built with.
    pub clock: TestClock,
    kept: Option<Box<dyn Any + Send + Sync>>,
}

impl QueueUnderTest {
    /// A queue that goes by this clock.
    pub fn new(queue: Arc<dyn JobLeases>, clock: TestClock) -> Self {
        Self {
            queue,
            clock,
            kept: None,
        }
    }

    /// Keeps something, a temporary folder say, as long as the queue.
    #[must_use]
    pub fn keeping(mut self, kept: impl Any + Send + Sync) -> Self {
        self.kept = Some(Box::new(kept));
        self
    }
}

impl fmt::Debug for QueueUnderTest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("QueueUnderTest")
            .field("clock", &self.clock)
            .field("keeps", &self.kept.is_some())
            .finish_non_exhaustive()
    }
}
