//! When to stop: SIGTERM or SIGINT once to end in order, once more to end at once.

use std::process;

use tokio::sync::watch;

use crate::failure::Failure;

/// What a process that was interrupted answers.
const INTERRUPTED: i32 = 130;

/// Says whether, and waits until, the process is to stop.
#[derive(Debug, Clone)]
pub(crate) struct Stop(watch::Receiver<bool>);

impl Stop {
    /// Waits until the process is to stop.
    pub(crate) async fn stopped(&self) {
        // The sender is gone only when the process ends.
        let mut receiver = self.0.clone();
        let _gone = receiver.wait_for(|stopped| *stopped).await;
    }

    /// Whether the process is to stop.
    pub(crate) fn is_stopped(&self) -> bool {
        *self.0.borrow()
    }
}

/// Listens to signals from here on.
///
/// # Errors
/// Where the system does not let it.
pub(crate) fn stop_on_signals() -> Result<Stop, Failure> {
    let (sender, receiver) = watch::channel(false);
    let mut signals =
        Signals::listen().map_err(|error| Failure::because("can't listen to signals", &error))?;
    tokio::spawn(async move {
        signals.next().await;
        sender.send_replace(true);
        signals.next().await;
        process::exit(INTERRUPTED);
    });
    Ok(Stop(receiver))
}

#[cfg(unix)]
struct Signals {
    terminate: tokio::signal::unix::Signal,
    interrupt: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn listen() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    #[expect(clippy::unnecessary_wraps, reason = "other systems may refuse")]
    fn listen() -> std::io::Result<Self> {
        Ok(Self)
    }

    async fn next(&mut self) {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
