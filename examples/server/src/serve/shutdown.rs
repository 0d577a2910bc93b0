//! When to stop: SIGTERM or SIGINT once to end in order, once more to end at once.

use std::process;

use tokio_util::sync::CancellationToken;

use crate::failure::{Context, Failure};

/// The exit code of a process that was interrupted.
const INTERRUPTED: i32 = 130;

/// Listens to signals from now on, and returns the token that the first of them cancels.
///
/// # Errors
/// The system refuses to listen.
pub(crate) fn stop_on_signals() -> Result<CancellationToken, Failure> {
    let stop = CancellationToken::new();
    let on_signal = stop.clone();
    let mut signals = Signals::listen().context("can't listen to signals")?;
    tokio::spawn(async move {
        signals.next().await;
        on_signal.cancel();
        signals.next().await;
        process::exit(INTERRUPTED);
    });
    Ok(stop)
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
