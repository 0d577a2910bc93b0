//! The host of a desk under test: a clock that the test sets, and bytes that only look random.

use std::{
    fmt,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicI64, Ordering},
    },
};

use crate::{
    desk::{Clock, CpuExecutor, HostFunctions, Random},
    domain::time::{Span, Timestamp, from_micros},
};

/// When the clock of a new [`TestHost`] starts: 2023-11-14T22:13:20Z.
const START: i64 = 1_700_000_000_000_000;

/// Returns a source of bytes that is the same in each run. Its bytes are fit for ids in tests, and not for secrets.
pub fn seeded_random(seed: u64) -> Random {
    let random = Mutex::new(fastrand::Rng::with_seed(seed));
    Arc::new(move |bytes| {
        let mut random = random.lock().unwrap_or_else(PoisonError::into_inner);
        random.fill(bytes);
    })
}

/// A host whose clock moves by a microsecond each time it is read, so that no two moments are equal, and further when the
/// test says so. CPU-heavy work runs at once, on the thread that asks for it.
///
/// Clones share clock and random source, as the processes of one desk do.
#[derive(Clone)]
pub struct TestHost {
    micros: Arc<AtomicI64>,
    random: Random,
}

impl TestHost {
    /// Makes a host with this seed of its random source.
    pub fn new(seed: u64) -> Self {
        Self {
            micros: Arc::new(AtomicI64::new(START)),
            random: seeded_random(seed),
        }
    }

    /// Moves the clock on.
    pub fn advance(&self, span: Span) {
        self.micros.fetch_add(
            span.num_microseconds().unwrap_or(i64::MAX / 4),
            Ordering::SeqCst,
        );
    }

    /// Sets the clock, forward or back.
    pub fn set(&self, now: Timestamp) {
        self.micros.store(now.timestamp_micros(), Ordering::SeqCst);
    }

    /// Returns the clock, which queues take too.
    pub fn clock(&self) -> Clock {
        let micros = Arc::clone(&self.micros);
        Arc::new(move || from_micros(micros.fetch_add(1, Ordering::SeqCst)))
    }

    /// Returns the random source, which workers take too.
    pub fn random(&self) -> Random {
        Arc::clone(&self.random)
    }

    /// Returns the executor of CPU-heavy work.
    pub fn cpu_executor(&self) -> CpuExecutor {
        Arc::new(|work| {
            work();
            Ok(())
        })
    }

    /// Returns random bytes.
    pub fn random_bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        (self.random)(&mut bytes);
        bytes
    }
}

impl fmt::Debug for TestHost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TestHost")
            .field("micros", &self.micros)
            .finish_non_exhaustive()
    }
}

impl From<TestHost> for HostFunctions {
    fn from(host: TestHost) -> Self {
        Self {
            clock: host.clock(),
            random: host.random(),
            cpu_executor: host.cpu_executor(),
        }
    }
}
