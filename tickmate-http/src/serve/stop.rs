//! The signal to stop, which all connections watch.

use tokio::sync::watch;

/// Tells connections whether the server stops, and wakes them when it does.
#[derive(Debug, Clone)]
pub(super) struct Stop(watch::Receiver<bool>);

/// Stops the server.
#[derive(Debug)]
pub(super) struct StopSender(watch::Sender<bool>);

/// Creates a signal that was not given yet.
pub(super) fn stop_channel() -> (StopSender, Stop) {
    let (sender, receiver) = watch::channel(false);
    (StopSender(sender), Stop(receiver))
}

impl StopSender {
    /// Gives the signal.
    pub(super) fn stop(&self) {
        self.0.send_replace(true);
    }
}

impl Stop {
    /// Waits for the signal. A server that was dropped gives none.
    pub(super) async fn stopped(&self) {
        let mut receiver = self.0.clone();
        if receiver.wait_for(|stopped| *stopped).await.is_err() {
            std::future::pending().await
        }
    }

    /// Whether the signal was given.
    pub(super) fn is_stopped(&self) -> bool {
        *self.0.borrow()
    }
}
