//! The relay of event handlers: turns events into deliveries, and then moves each handler's position.

use super::{Registered, Start};
use crate::{
    desk::{Desk, DeskError, Jobs, Relayed},
    domain::job::NewJob,
    failpoint,
};

/// How many events are relayed at once.
const BATCH: u32 = 200;
/// How many batches of one handler a step relays.
const MAX_BATCHES: usize = 50;
/// How many deliveries one call enqueues.
const DELIVERIES: usize = 500;

impl Jobs<'_> {
    /// Returns whether the desk has event handlers, whose events [`Jobs::relay_handlers`] must look for.
    pub const fn has_handlers(self) -> bool {
        !self.desk.handlers.is_empty()
    }

    /// Relays the events that wait to the event handlers of this process: enqueues the deliveries that each handler asks
    /// for, then moves its position. A crash between the two enqueues the same keys again, which does nothing. Several
    /// processes may do it at once.
    ///
    /// Every process with handlers calls it about once a second; the caretaker of `tickmate-jobs` does.
    ///
    /// # Errors
    /// The first of those of store and queue; each handler was tried. Calling again is safe.
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
                    // Another process relayed to the same handler, and goes on.
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

    /// Returns the handler's position, and begins it where the store has none.
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

    /// Counts the deliveries that wait for event handlers that this process does not know.
    pub(in crate::desk) async fn unknown_deliveries(&self) -> Result<u64, DeskError> {
        let waiting = self.queue.waiting_deliveries().await?;
        let is_unknown = |name: &str| self.handlers.iter().all(|known| known.name != name);
        let unknown = waiting.iter().filter(|(name, _)| is_unknown(name));
        Ok(unknown.map(|(_, count)| count).sum())
    }
}
