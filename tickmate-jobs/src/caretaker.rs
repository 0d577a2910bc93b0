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

/// How long a loop waits after the store or the queue failed.
const PAUSE: Duration = Duration::from_secs(1);

/// How often a process looks for changed rules, so that each uses them within a second.
const FOLLOW_EVERY: Duration = Duration::from_millis(500);

/// The longest wait between two sweeps, also where the clock was set back during one.
const LONGEST_SWEEP_WAIT: Duration = Duration::from_secs(60);

/// Relays events, sweeps, and follows changed rules.
///
/// Each process follows the rules, relays the events that it committed itself, at once, and relays once when it starts, for
/// a process that died. A process with event handlers relays every event to them. The leader looks for what the others
/// left behind, and sweeps. Leading is a lease in the store, so that another process takes it over within
/// [`WorkerSettings::lead`] after the leader died. Correctness does not depend on it.
pub struct Caretaker {
    desk: Arc<Desk>,
    process: LeaseId,
    settings: Arc<WorkerSettings>,
    /// A change was committed: there may be events to relay.
    committed: Arc<Notify>,
    /// The same for the loop of the handlers.
    committed_for_handlers: Arc<Notify>,
    /// Wakes the engine after jobs were enqueued.
    enqueued: Arc<dyn Fn() + Send + Sync>,
    leads: AtomicBool,
}

impl Caretaker {
    /// Makes the caretaker of a process. It calls `enqueued` after it enqueued jobs, so that an engine looks for them at
    /// once.
    ///
    /// # Errors
    /// [`InvalidSettings`] that would lose or repeat work.
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
            for loop_of_relay in &wake {
                loop_of_relay.notify_one();
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
            leads: AtomicBool::new(false),
        })
    }

    /// Works until `shutdown` is done, and gives the lead back.
    pub async fn run(self, shutdown: impl Future<Output = ()> + Send) {
        let (stop, stopped) = watch::channel(false);
        let work = async {
            tokio::join!(
                self.lead_loop(stopped.clone()),
                self.relay_loop(stopped.clone()),
                self.handler_loop(stopped.clone()),
                self.follow_loop(stopped.clone()),
                self.sweep_loop(stopped),
            );
        };
        let ending = async {
            shutdown.await;
            // Every loop holds a receiver.
            let _sent = stop.send(true);
        };
        tokio::join!(work, ending);
    }

    fn leads(&self) -> bool {
        self.leads.load(Ordering::SeqCst)
    }

    async fn lead_loop(&self, mut stopped: watch::Receiver<bool>) {
        let duration = Span::from_std(self.settings.lead).unwrap_or(Span::seconds(10));
        while !*stopped.borrow() {
            let leads = match caught(self.desk.jobs().lead(self.process, duration)).await {
                Ok(leads) => leads,
                Err(error) => {
                    tracing::warn!(error = %error, "the lead could not be taken");
                    false
                }
            };
            let has_led = self.leads.swap(leads, Ordering::SeqCst);
            if leads && !has_led {
                tracing::debug!("this process leads");
                self.committed.notify_one();
            }
            tokio::select! {
                () = sleep(self.settings.lead / 3) => {}
                _ = stopped.changed() => {}
            }
        }
        if self.leads()
            && let Err(error) = caught(self.desk.jobs().stop_leading(self.process)).await
        {
            tracing::debug!(error = %error, "the lead could not be given back; it runs out");
        }
    }

    async fn relay_loop(&self, mut stopped: watch::Receiver<bool>) {
        let mut is_due = true;
        while !*stopped.borrow() {
            let relayed = match is_due {
                true => caught(self.desk.jobs().relay()).await,
                false => Ok(Relayed::default()),
            };
            if self.goes_on(relayed, &mut stopped).await {
                continue;
            }
            tokio::select! {
                () = self.committed.notified() => is_due = true,
                () = sleep(self.settings.poll) => is_due = self.leads(),
                _ = stopped.changed() => {}
            }
        }
    }

    /// Relays to the handlers of this process. It is a loop of its own, so that a handler that is far behind, or fails,
    /// delays no ticket. Only processes that know a handler relay to it, so each of them looks for the events of the others.
    async fn handler_loop(&self, mut stopped: watch::Receiver<bool>) {
        while self.desk.jobs().has_handlers() && !*stopped.borrow() {
            let relayed = caught(self.desk.jobs().relay_handlers()).await;
            if self.goes_on(relayed, &mut stopped).await {
                continue;
            }
            tokio::select! {
                () = self.committed_for_handlers.notified() => {}
                () = sleep(self.settings.poll) => {}
                _ = stopped.changed() => {}
            }
        }
    }

    /// Wakes the engine after events were relayed, and pauses after an error. Returns whether to relay again at once.
    async fn goes_on(
        &self,
        relayed: Result<Relayed, String>,
        stopped: &mut watch::Receiver<bool>,
    ) -> bool {
        match relayed {
            Ok(Relayed { events: 0, .. }) => false,
            Ok(_) => {
                (self.enqueued)();
                true
            }
            Err(error) => {
                tracing::warn!(error = %error, "events could not be relayed; trying again");
                // Some may have been before the error.
                (self.enqueued)();
                pause(stopped).await;
                true
            }
        }
    }

    async fn follow_loop(&self, mut stopped: watch::Receiver<bool>) {
        while !*stopped.borrow() {
            match caught(self.desk.jobs().follow_events()).await {
                Ok(()) => tokio::select! {
                    () = sleep(FOLLOW_EVERY) => {}
                    _ = stopped.changed() => {}
                },
                Err(error) => {
                    tracing::warn!(error = %error, "events could not be followed; trying again");
                    pause(&mut stopped).await;
                }
            }
        }
    }

    async fn sweep_loop(&self, mut stopped: watch::Receiver<bool>) {
        while !*stopped.borrow() {
            let wait = match self.leads() {
                false => self.settings.poll,
                true => match caught(self.desk.jobs().sweep()).await {
                    Ok(swept) => sweep_wait(swept.next_due, self.desk.now()),
                    Err(error) => {
                        tracing::warn!(error = %error, "the sweep failed; trying again");
                        PAUSE
                    }
                },
            };
            tokio::select! {
                () = sleep(wait) => {}
                _ = stopped.changed() => {}
            }
        }
    }
}

/// Runs a step of the desk. A panic in it must not end the loop.
async fn caught<T, E: fmt::Display>(step: impl Future<Output = Result<T, E>>) -> Result<T, String> {
    match AssertUnwindSafe(step).catch_unwind().await {
        Ok(outcome) => outcome.map_err(|error| error.to_string()),
        Err(_panic) => Err("it panicked".to_owned()),
    }
}

/// How long to wait for the next sweep, which is due at this moment.
fn sweep_wait(due: Timestamp, now: Timestamp) -> Duration {
    until(due, now).min(LONGEST_SWEEP_WAIT)
}

pub(crate) fn until(due: Timestamp, now: Timestamp) -> Duration {
    (due - now).to_std().unwrap_or_default()
}

pub(crate) async fn pause(stopped: &mut watch::Receiver<bool>) {
    tokio::select! {
        () = sleep(PAUSE) => {}
        _ = stopped.changed() => {}
    }
}

impl fmt::Debug for Caretaker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Caretaker")
            .field("process", &self.process)
            .field("leads", &self.leads())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use tickmate_core::domain::time::from_micros;

    use super::*;

    #[test]
    fn a_sweep_is_at_most_a_minute_away() {
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
