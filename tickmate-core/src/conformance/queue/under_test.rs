//! A queue under test, with a handle on its clock: leases run out without waiting.

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
/// A queue that takes its clock at construction takes a [`TestClock`]. A queue that uses the clock of its server adds an
/// offset, which it takes at construction and which `advance` increases. Such a clock also moves by itself: the cases
/// allow some seconds for their own duration.
pub trait QueueClock: fmt::Debug + Send + Sync {
    /// Returns the present moment of the queue, or a moment shortly before it.
    fn now(&self) -> Timestamp;

    /// Moves the present moment of the queue forward.
    fn advance(&self, by: Duration);

    /// Sets the clock of the queue back.
    fn set_back(&self, by: Duration);
}

/// The most that a clock may move by itself during a case.
pub(super) const SLACK: Duration = Duration::from_secs(5);

/// A clock that moves only by [`QueueClock::advance`] and [`QueueClock::set_back`]. Clones show the same time.
#[derive(Debug, Clone)]
pub struct TestClock(Arc<AtomicI64>);

impl TestClock {
    /// Creates a clock at this moment, to the microsecond.
    pub fn at(now: Timestamp) -> Self {
        Self(Arc::new(AtomicI64::new(now.timestamp_micros())))
    }

    /// Returns the clock in the form that queues take at construction.
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

/// A clock that begins in September 2026.
impl Default for TestClock {
    fn default() -> Self {
        Self::at(from_micros(1_788_220_800_000_000))
    }
}

/// A queue under test. Its present moment must be that of the clock.
pub struct QueueUnderTest {
    /// The empty queue.
    pub queue: Arc<dyn JobLeases>,
    /// The clock of the queue.
    pub clock: Arc<dyn QueueClock>,
    resource: Option<Box<dyn Any + Send + Sync>>,
}

impl QueueUnderTest {
    /// Creates a queue under test with this clock.
    pub fn new(queue: Arc<dyn JobLeases>, clock: impl QueueClock + 'static) -> Self {
        Self {
            queue,
            clock: Arc::new(clock),
            resource: None,
        }
    }

    /// Keeps a resource, such as a temporary folder, for as long as the queue.
    #[must_use]
    pub fn keeping(mut self, resource: impl Any + Send + Sync) -> Self {
        self.resource = Some(Box::new(resource));
        self
    }
}

impl fmt::Debug for QueueUnderTest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("QueueUnderTest")
            .field("clock", &self.clock)
            .field("has_resource", &self.resource.is_some())
            .finish_non_exhaustive()
    }
}
