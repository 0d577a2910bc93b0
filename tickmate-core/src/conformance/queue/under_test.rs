//! A queue to test, with a handle on its clock: leases run out without waiting.

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

/// The clock of a queue under test.
///
/// A queue that is given its clock at construction takes a [`TestClock`]. A queue that goes by the clock of its server
/// adds an offset, which it is given at construction and which `advance` increases. Such a clock moves by itself, too:
/// the cases leave it some seconds for their own duration.
pub trait QueueClock: fmt::Debug + Send + Sync {
    /// The present moment of the queue, or a moment shortly before it.
    fn now(&self) -> Timestamp;

    /// Moves the present moment of the queue forward.
    fn advance(&self, by: Duration);

    /// Sets the clock of the queue back.
    fn set_back(&self, by: Duration);
}

/// How far a clock may move by itself during a case.
pub(super) const SLACK: Duration = Duration::from_secs(5);

/// A clock that moves only by [`QueueClock::advance`] and [`QueueClock::set_back`]. Clones show the same time.
#[derive(Debug, Clone)]
pub struct TestClock(Arc<AtomicI64>);

impl TestClock {
    /// A clock that shows this moment, to the microsecond.
    pub fn at(now: Timestamp) -> Self {
        Self(Arc::new(AtomicI64::new(now.timestamp_micros())))
    }

    /// The clock as queues take it at construction.
    pub fn as_fn(&self) -> Arc<dyn Fn() -> Timestamp + Send + Sync> {
        let clock = self.clone();
        Arc::new(move || clock.now())
    }
}

impl QueueClock for TestClock {
    fn now(&self) -> Timestamp {
        from_micros(self.0.load(Ordering::SeqCst))
    }

    fn advance(&self, by: Duration) {
        let micros = i64::try_from(by.as_micros()).unwrap_or(i64::MAX);
        self.0.fetch_add(micros, Ordering::SeqCst);
    }

    fn set_back(&self, by: Duration) {
        let micros = i64::try_from(by.as_micros()).unwrap_or(i64::MAX);
        self.0.fetch_sub(micros, Ordering::SeqCst);
    }
}

/// Begins in September 2026.
impl Default for TestClock {
    fn default() -> Self {
        Self::at(from_micros(1_788_220_800_000_000))
    }
}

/// A queue to test. Its present moment must be that of the clock.
pub struct QueueUnderTest {
    /// The queue, empty.
    pub queue: Arc<dyn JobLeases>,
    /// Its clock.
    pub clock: Arc<dyn QueueClock>,
    kept: Option<Box<dyn Any + Send + Sync>>,
}

impl QueueUnderTest {
    /// A queue that goes by this clock.
    pub fn new(queue: Arc<dyn JobLeases>, clock: impl QueueClock + 'static) -> Self {
        Self {
            queue,
            clock: Arc::new(clock),
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
