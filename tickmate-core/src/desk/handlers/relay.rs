//! The relay of event handlers: enqueues deliveries for events, and then advances each handler's position.

use super::{Registered, Start};
use crate::{
    desk::{Desk, DeskError, Jobs, Relayed},
    domain::job::NewJob,
    failpoint,
};

/// The number of events that are relayed in one batch.
const BATCH: u32 = 200;
/// The maximum number of batches per handler in one step.
const MAX_BATCHES: usize = 50;
/// The number of deliveries that one call enqueues.
const DELIVERIES: usize = 500;

impl Jobs<'_> {
    /// Returns whether the desk has event handlers, so that [`Jobs::relay_handlers`] must be called.
    pub const fn has_handlers(self) -> bool {
        !self.desk.handlers.is_empty()
    }

    /// Relays pending events to the event handlers of this process: enqueues the deliveries that each handler requests,
    /// then advances its position. If a crash separates the two steps, the same keys are enqueued again, which has no
    /// effect. Several processes may call it concurrently.
    ///
    /// Every process with handlers calls it about once a second; the caretaker of `tickmate-jobs` does.
    ///
    /// # Errors
    /// The first error of the store or the queue, after every handler was tried. Calling again is safe.
    pub async fn relay_handlers(self) -> Result<Relayed, DeskError> {
        let mut relayed = Relayed::default();
        let mut failed = None;
        for handler in &self.desk.handlers {
            match self.desk.relay_to(handler).await {
                Ok(one) => {
                    relayed.events += one.events;
                    relayed.more |= one.more;
                }
                Err(error) => {
                    tracing::warn!(handler = %handler.name, %error, "events could not be relayed to a handler");
                    failed.get_or_insert(error);
                }
            }
        }
        failed.map_or(Ok(relayed), Err)
    }
}

impl Desk {
    async fn relay_to(&self, handler: &Registered) -> Result<Relayed, DeskError> {
        let now = self.now();
        let mut relayed = Relayed::default();
        let mut position = self.position_of(handler).await?;
        for _ in 0..MAX_BATCHES {
            let events = self.store.events_after(position, BATCH).await?;
            let is_full = events.len() == BATCH as usize;
            let mut reached = position;
            let mut deliveries: Vec<NewJob> = Vec::new();
            let mut stopped = None;
            let mut count = 0;
            for event in events {
                let (seq, id) = (event.seq, event.id);
                match handler.deliveries(event) {
                    Ok(jobs) => deliveries.extend(jobs.into_iter().map(|job| job.due_by(now))),
                    Err(error) => {
                        stopped = Some((id, error));
                        break;
                    }
                }
                reached = seq;
                count += 1;
            }
            for jobs in deliveries.chunks(DELIVERIES) {
                failpoint::hit("handlers.before_enqueue");
                self.queue.enqueue(jobs).await?;
                failpoint::hit("handlers.after_enqueue");
            }
            if let Some((event, error)) = &stopped {
                tracing::error!(handler = %handler.name, %event, %error, "a handler stops before an event, and is asked again later");
            }
            if reached != position {
                let name = handler.position_name();
                let [from, to] = [position, reached].map(|seq| seq.to_string());
                if !self.store.replace_value(&name, Some(&from), &to).await? {
                    // Another process relays to the same handler, and continues.
                    return Ok(relayed);
                }
                failpoint::hit("handlers.after_move");
                relayed.events += count;
                position = reached;
            }
            if !is_full || stopped.is_some() {
                return Ok(relayed);
            }
        }
        relayed.more = true;
        Ok(relayed)
    }

    /// Returns the handler's position, and initializes it if the store has none.
    async fn position_of(&self, handler: &Registered) -> Result<u64, DeskError> {
        let name = handler.position_name();
        loop {
            if let Some(position) = self.store.value(&name).await? {
                return position
                    .parse()
                    .map_err(|_| DeskError::Internal("the position of a handler is no number"));
            }
            let first = match handler.start {
                Start::AtCurrentEvent => self.store.last_seq().await?,
                Start::After(seq) => seq,
            };
            let value = first.to_string();
            if self.store.replace_value(&name, None, &value).await? {
                return Ok(first);
            }
        }
    }

    /// Counts the pending deliveries of event handlers that this process does not know.
    pub(in crate::desk) async fn unknown_deliveries(&self) -> Result<u64, DeskError> {
        let waiting = self.queue.waiting_deliveries().await?;
        let is_unknown = |name: &str| self.handlers.iter().all(|known| known.name != name);
        let unknown = waiting.iter().filter(|(name, _)| is_unknown(name));
        Ok(unknown.map(|(_, count)| count).sum())
    }
}
