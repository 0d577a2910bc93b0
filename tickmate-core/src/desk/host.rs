//! The functions that the host provides in addition to the back ends: a clock, random bytes, and a CPU executor.

use std::{fmt, sync::Arc};

use crate::{
    desk::{Desk, DeskError},
    domain::time::Timestamp,
};

/// Returns the current time.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// Fills a buffer with cryptographically secure random bytes.
pub type Random = Arc<dyn Fn(&mut [u8]) + Send + Sync>;

/// A unit of CPU-heavy work.
pub type Work = Box<dyn FnOnce() + Send>;

/// Runs CPU-heavy work outside the threads that serve requests, or refuses it if too much work is queued. Accepted work
/// must run even if its caller has gone.
pub type CpuExecutor = Arc<dyn Fn(Work) -> Result<(), CpuExecutorFull> + Send + Sync>;

/// An error of a [`CpuExecutor`] that has too much work queued.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("too much heavy work is waiting")]
pub struct CpuExecutorFull;

/// The functions that a host provides to a desk. `tickmate::Host::system` makes those of the operating system.
#[derive(Clone)]
pub struct HostFunctions {
    /// Returns the current time.
    pub clock: Clock,
    /// Provides random bytes from a cryptographically secure source.
    pub random: Random,
    /// Runs CPU-heavy work such as the hashing of passwords (Argon2).
    pub cpu_executor: CpuExecutor,
}

impl fmt::Debug for HostFunctions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HostFunctions").finish_non_exhaustive()
    }
}

impl Desk {
    /// Returns new random bytes.
    pub(crate) fn random_bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        (self.random)(&mut bytes);
        bytes
    }

    /// Runs CPU-heavy work on the host's executor, and returns its result.
    pub(crate) async fn offloaded<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, DeskError> {
        let (sender, receiver) = futures_channel::oneshot::channel();
        let work: Work = Box::new(move || {
            // The receiver is gone if the request was dropped.
            let _unheard = sender.send(work());
        });
        (self.cpu_executor)(work).map_err(|CpuExecutorFull| DeskError::Overloaded)?;
        receiver.await.map_err(|_| DeskError::Overloaded)
    }
}
