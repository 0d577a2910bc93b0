//! The caretaker: relays events, sweeps, and follows changed rules. Every process runs one, and one of them leads.

use std::{
    fmt,
    future::Future,
    panic::AssertUnwindSafe,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use futures_util::FutureExt;
use tickmate_core::{
    desk::{Desk, Random, Relayed},
    domain::{
        id::LeaseId,
        time::{Span, Timestamp},
    },
};
use tokio::{
    sync::{Notify, watch},
    time::sleep,
};

use crate::{InvalidSettings, WorkerSettings};

/// The wait of a loop after an error of the store or the queue.
const PAUSE: Duration = Duration::from_secs(1);

/// How often a process looks for changed rules, so that it applies them within a second.
const FOLLOW_EVERY: Duration = Duration::from_millis(500);

/// The longest wait between two sweeps, even if the clock was set back during one.
const LONGEST_SWEEP_WAIT: Duration = Duration::from_secs(60);

/// Relays events, sweeps, and follows changed rules.
///
/// Each process follows the rules. It relays the events that it committed itself at once, and it relays once when it
/// starts, in case another process died. A process with event handlers relays every event to them. The leader also
/// relays the events that other processes left behind, and sweeps. The lead is a lease in the store: another process
/// takes it over within [`WorkerSettings::lead`] after the leader died. Correctness does not depend on it.
pub struct Caretaker {
    desk: Arc<Desk>,
    process: LeaseId,
    settings: Arc<WorkerSettings>,
    /// Notified when a change was committed, because there may be events to relay.
    committed: Arc<Notify>,
    /// The same notification for the loop of the handlers.
    committed_for_handlers: Arc<Notify>,
    /// Wakes the engine after jobs were enqueued.
    enqueued: Arc<dyn Fn() + Send + Sync>,
    is_leader: AtomicBool,
}

impl Caretaker {
    /// Creates the caretaker of a process. It calls `enqueued` after it has enqueued jobs, so that an engine looks
    /// for them at once.
    ///
    /// # Errors
    /// Returns [`InvalidSettings`] for settings that would lose or repeat work.
    pub fn new(
        desk: Arc<Desk>,
        random: &Random,
        settings: WorkerSettings,
        enqueued: Arc<dyn Fn() + Send + Sync>,
    ) -> Result<Self, InvalidSettings> {
        settings.check()?;
        let [committed, committed_for_handlers] = [(), ()].map(|()| Arc::new(Notify::new()));
        let wake = [&committed, &committed_for_handlers].map(Arc::clone);
        desk.on_commit(Arc::new(move || {
            for notify in &wake {
                notify.notify_one();
            }
        }));
        let mut bytes = [0; 10];
        random(&mut bytes);
        Ok(Self {
            process: LeaseId::new(desk.now(), bytes),
            desk,
            settings: Arc::new(settings),
            committed,
            committed_for_handlers,
            enqueued,
            is_leader: AtomicBool::new(false),
        })
    }

    /// Runs until `shutdown` completes, and then gives up the lead.
    pub async fn run(self, shutdown: impl Future<Output = ()> + Send) {
        let (stop, stop_signal) = watch::channel(false);
        let work = async {
            tokio::join!(
                self.lead_loop(stop_signal.clone()),
                self.relay_loop(stop_signal.clone()),
                self.handler_loop(stop_signal.clone()),
                self.follow_loop(stop_signal.clone()),
                self.sweep_loop(stop_signal),
            );
        };
        let ending = async {
            shutdown.await;
            // Every loop holds a receiver, so this succeeds.
            let _sent = stop.send(true);
        };
        tokio::join!(work, ending);
    }

    fn is_leader(&self) -> bool {
        self.is_leader.load(Ordering::SeqCst)
    }

    async fn lead_loop(&self, mut stop_signal: watch::Receiver<bool>) {
        let duration = Span::from_std(self.settings.lead).unwrap_or(Span::seconds(10));
        while !*stop_signal.borrow() {
            let is_leader = match catch_panic(self.desk.jobs().lead(self.process, duration)).await {
                Ok(is_leader) => is_leader,
                Err(error) => {
                    tracing::warn!(error = %error, "can't take the lead");
                    false
                }
            };
            let was_leader = self.is_leader.swap(is_leader, Ordering::SeqCst);
            if is_leader && !was_leader {
                tracing::debug!("this process leads");
                self.committed.notify_one();
            }
            tokio::select! {
                () = sleep(self.settings.lead / 3) => {}
                _ = stop_signal.changed() => {}
            }
        }
        if self.is_leader()
            && let Err(error) = catch_panic(self.desk.jobs().stop_leading(self.process)).await
        {
            tracing::debug!(error = %error, "can't give up the lead; its lease will expire");
        }
    }

    async fn relay_loop(&self, mut stop_signal: watch::Receiver<bool>) {
        let mut is_due = true;
        while !*stop_signal.borrow() {
            let relayed = match is_due {
                true => catch_panic(self.desk.jobs().relay()).await,
                false => Ok(Relayed::default()),
            };
            if self.should_continue(relayed, &mut stop_signal).await {
                continue;
            }
            tokio::select! {
                () = self.committed.notified() => is_due = true,
                () = sleep(self.settings.poll) => is_due = self.is_leader(),
                _ = stop_signal.changed() => {}
            }
        }
    }

    /// Relays events to the handlers of this process. This is a separate loop, so that a slow or failing handler
    /// delays no ticket. Only processes that know a handler relay to it, so each of them also looks for the events of
    /// other processes.
    async fn handler_loop(&self, mut stop_signal: watch::Receiver<bool>) {
        while self.desk.jobs().has_handlers() && !*stop_signal.borrow() {
            let relayed = catch_panic(self.desk.jobs().relay_handlers()).await;
            if self.should_continue(relayed, &mut stop_signal).await {
                continue;
            }
            tokio::select! {
                () = self.committed_for_handlers.notified() => {}
                () = sleep(self.settings.poll) => {}
                _ = stop_signal.changed() => {}
            }
        }
    }

    /// Wakes the engine after events were relayed, and pauses after an error. Returns whether to relay again at once.
    async fn should_continue(
        &self,
        relayed: Result<Relayed, String>,
        stop_signal: &mut watch::Receiver<bool>,
    ) -> bool {
        match relayed {
            Ok(Relayed { events: 0, .. }) => false,
            Ok(_) => {
                (self.enqueued)();
                true
            }
            Err(error) => {
                tracing::warn!(error = %error, "can't relay events; will retry");
                // Some events may have been relayed before the error.
                (self.enqueued)();
                pause(stop_signal).await;
                true
            }
        }
    }

    async fn follow_loop(&self, mut stop_signal: watch::Receiver<bool>) {
        while !*stop_signal.borrow() {
            match catch_panic(self.desk.jobs().follow_events()).await {
                Ok(()) => tokio::select! {
                    () = sleep(FOLLOW_EVERY) => {}
                    _ = stop_signal.changed() => {}
                },
                Err(error) => {
                    tracing::warn!(error = %error, "can't follow events; will retry");
                    pause(&mut stop_signal).await;
                }
            }
        }
    }

    async fn sweep_loop(&self, mut stop_signal: watch::Receiver<bool>) {
        while !*stop_signal.borrow() {
            let wait = match self.is_leader() {
                false => self.settings.poll,
                true => match catch_panic(self.desk.jobs().sweep()).await {
                    Ok(swept) => sweep_wait(swept.next_due, self.desk.now()),
                    Err(error) => {
                        tracing::warn!(error = %error, "the sweep failed; will retry");
                        PAUSE
                    }
                },
            };
            tokio::select! {
                () = sleep(wait) => {}
                _ = stop_signal.changed() => {}
            }
        }
    }
}

/// Runs a step of the desk and converts a panic into an error, so that it does not end the loop.
async fn catch_panic<T, E: fmt::Display>(
    step: impl Future<Output = Result<T, E>>,
) -> Result<T, String> {
    match AssertUnwindSafe(step).catch_unwind().await {
        Ok(outcome) => outcome.map_err(|error| error.to_string()),
        Err(_panic) => Err("panicked".to_owned()),
    }
}

/// Returns how long to wait for the next sweep, given when it is due.
fn sweep_wait(due: Timestamp, now: Timestamp) -> Duration {
    until(due, now).min(LONGEST_SWEEP_WAIT)
}

pub(crate) fn until(due: Timestamp, now: Timestamp) -> Duration {
    (due - now).to_std().unwrap_or_default()
}

pub(crate) async fn pause(stop_signal: &mut watch::Receiver<bool>) {
    tokio::select! {
        () = sleep(PAUSE) => {}
        _ = stop_signal.changed() => {}
    }
}

impl fmt::Debug for Caretaker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Caretaker")
            .field("process", &self.process)
            .field("leads", &self.is_leader())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use tickmate_core::domain::time::from_micros;

    use super::*;

    #[test]
    fn the_wait_for_a_sweep_is_at_most_a_minute() {
        let due = from_micros(1_700_000_000_000_000);
        for (now, seconds) in [
            (due, 0),
            (due + Span::seconds(1), 0),
            (due - Span::seconds(20), 20),
            (due - Span::days(365), 60),
            (Timestamp::MIN_UTC, 60),
        ] {
            assert_eq!(sweep_wait(due, now), Duration::from_secs(seconds), "{now}");
        }
    }
}
