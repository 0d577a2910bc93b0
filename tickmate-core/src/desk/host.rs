//! What the host lends the desk beside the seams: a clock, random bytes, and a place for heavy work.

use std::{fmt, sync::Arc};

use crate::{
    desk::{Desk, DeskError},
    domain::time::Timestamp,
};

/// Tells the time.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// Fills a buffer with random bytes fit for secrets.
pub type Random = Arc<dyn Fn(&mut [u8]) + Send + Sync>;

/// A piece of CPU-heavy work.
pub type Work = Box<dyn FnOnce() + Send>;

/// Runs CPU-heavy work somewhere else than on the threads that serve requests, or refuses it when too much waits.
/// Work taken must be run, whether or not anybody still waits for it.
pub type CpuExecutor = Arc<dyn Fn(Work) -> Result<(), CpuExecutorFull> + Send + Sync>;

/// Too much heavy work waits already.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("too much heavy work is waiting")]
pub struct CpuExecutorFull;

/// The functions that a host lends a desk. `tickmate::Host::system` makes those of the operating system.
#[derive(Clone)]
pub struct HostFunctions {
    /// Tells the time.
    pub clock: Clock,
    /// Gives random bytes: a source fit for secrets.
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
    /// Fresh random bytes.
    pub(crate) fn random_bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        (self.random)(&mut bytes);
        bytes
    }

    /// Runs heavy work where the host wants it, and waits for what it gives.
    pub(crate) async fn offloaded<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, DeskError> {
        let (sender, receiver) = futures_channel::oneshot::channel();
        let work: Work = Box::new(move || {
            // Nobody listens any more when the request went away.
            let _unheard = sender.send(work());
        });
        (self.cpu_executor)(work).map_err(|CpuExecutorFull| DeskError::Overloaded)?;
        receiver.await.map_err(|_| DeskError::Overloaded)
    }
}
