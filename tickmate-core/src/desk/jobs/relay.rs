//! The relay: enqueues jobs for events, and then marks the events as relayed.

use crate::{
    desk::{DeskError, Jobs},
    domain::{consequences::consequences, id::EventId, job::NewJob},
    failpoint,
};

/// The result of one step of the relay.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Relayed {
    /// The number of relayed events.
    pub events: usize,
    /// Whether more events are pending.
    pub more: bool,
}

/// The number of events that are relayed in one batch.
const BATCH: u32 = 200;
/// The maximum number of batches in one step. It is high so that events of unknown kinds do not block others.
const MAX_BATCHES: usize = 500;

impl Jobs<'_> {
    /// Relays pending events: enqueues the jobs that follow from each event under keys of the event's id, then clears
    /// the event's flag. If a crash separates the two steps, the same keys are enqueued again, which has no effect.
    ///
    /// # Errors
    /// Errors of the store and the queue. Calling again is safe.
    pub async fn relay(self) -> Result<Relayed, DeskError> {
        let now = self.desk.now();
        let mut relayed = Relayed::default();
        let mut after = 0;
        for _ in 0..MAX_BATCHES {
            let events = self.desk.store.pending_events(after, BATCH).await?;
            let full = events.len() == BATCH as usize;
            let Some(last) = events.last() else {
                return Ok(relayed);
            };
            after = last.seq;
            self.desk.listeners.notify();
            let mut jobs: Vec<NewJob> = Vec::new();
            let mut known: Vec<EventId> = Vec::new();
            for event in &events {
                if let Some(following) = consequences(event) {
                    jobs.extend(following.into_iter().map(|job| job.due_by(now)));
                    known.push(event.id);
                }
            }
            if !jobs.is_empty() {
                failpoint::hit("relay.before_enqueue");
                self.desk.queue.enqueue(&jobs).await?;
                failpoint::hit("relay.after_enqueue");
            }
            if !known.is_empty() {
                self.desk.store.mark_relayed(&known).await?;
                failpoint::hit("relay.after_mark");
                relayed.events += known.len();
            }
            if !full {
                return Ok(relayed);
            }
        }
        relayed.more = true;
        Ok(relayed)
    }
}
