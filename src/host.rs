//! The host of a desk: what the operating system lends it.

use std::{io, process, sync::Arc};

use tickmate_core::desk::{Clock, CpuExecutor, HostFunctions, Random};
use tickmate_jobs::CpuPool;

/// Clock, random source and CPU executor, as [`DeskBuilder::host`](tickmate_core::desk::DeskBuilder::host) takes them.
///
/// The parts of the library read no clock and no random bytes by themselves, so that tests can set both.
#[derive(Debug, Clone)]
pub struct Host(HostFunctions);

impl Host {
    /// Takes the clock and the random bytes of the operating system, and starts a [`CpuPool`] with a thread for each
    /// core.
    ///
    /// The process aborts if the system gives no random bytes later on: without them no token is secret.
    ///
    /// # Errors
    /// If the system gives no random bytes, or starts no thread.
    pub fn system() -> io::Result<Self> {
        getrandom::fill(&mut [0; 32]).map_err(io::Error::other)?;
        Ok(Self(HostFunctions {
            clock: Arc::new(now),
            random: Arc::new(fill_random),
            cpu_executor: CpuPool::start()?.cpu_executor(),
        }))
    }

    /// Returns the clock, which queues take too.
    pub fn clock(&self) -> Clock {
        Arc::clone(&self.0.clock)
    }

    /// Returns the random source, which workers take too.
    pub fn random(&self) -> Random {
        Arc::clone(&self.0.random)
    }

    /// Returns the executor of CPU-heavy work.
    pub fn cpu_executor(&self) -> CpuExecutor {
        Arc::clone(&self.0.cpu_executor)
    }
}

impl From<Host> for HostFunctions {
    fn from(host: Host) -> Self {
        host.0
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the one place of the libraries that reads the clock"
)]
fn now() -> tickmate_core::domain::time::Timestamp {
    chrono::Utc::now()
}

fn fill_random(bytes: &mut [u8]) {
    if let Err(error) = getrandom::fill(bytes) {
        tracing::error!(%error, "the system gave no random bytes, without which nothing is secret");
        process::abort();
    }
}
