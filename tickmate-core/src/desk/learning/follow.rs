//! Following: what happened since the last look is learnt, event by event, so that a correction counts at once.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, PoisonError},
};

use super::{keeper::Kept, save::pointer_name};
use crate::{
    desk::{Desk, DeskError},
    domain::{
        event::{Event, EventKind},
        ticket::Ticket,
        time::Timestamp,
        triage::Lesson,
    },
};

/// How many events are read at once.
const EVENTS: u32 = 500;

impl Desk {
    /// Brings the analyser up to date as far as that can be done, and makes one that knows nothing where nothing can:
    /// whatever is wrong with the store or with a ticket of before, this one is read.
    pub(in crate::desk) async fn follow_learning_or_log(
        &self,
        batches: usize,
    ) -> Result<(), DeskError> {
        if let Err(error) = self.follow_learning(batches).await {
            tracing::warn!(%error, "what happened lately could not be learnt");
        }
        let is_made = {
            let learner = self.learner.lock().unwrap_or_else(PoisonError::into_inner);
            learner.is_some()
        };
        if !is_made {
            let vocabulary = self.vocabulary().await?;
            let options = self.triaging().await?.options.clone();
            let fresh = Kept::new(self, vocabulary, options);
            let mut learner = self.learner.lock().unwrap_or_else(PoisonError::into_inner);
            learner.get_or_insert(fresh);
        }
        Ok(())
    }

    /// Brings the analyser up to date with the store: what other processes saved, the lists that hold, and at most so
    /// many batches of events. Answers whether it has seen them all.
    pub(in crate::desk) async fn follow_learning(&self, batches: usize) -> Result<bool, DeskError> {
        self.renew_learner().await?;
        for _ in 0..batches {
            let seq = self.with_learner(|kept| kept.seq)?;
            let events = self.store.events_after(seq, EVENTS).await?;
            let Some(last) = events.last().map(|event| event.seq) else {
                return Ok(true);
            };
            let is_last = events.len() < EVENTS as usize;
            let mut taught: Vec<(Event, Ticket)> = Vec::new();
            for event in events.into_iter().filter(teaches) {
                if let Some(id) = event.ticket()
                    && let Some(ticket) = self.store.ticket(id).await?
                {
                    taught.push((event, ticket));
                }
            }
            let now = self.now();
            self.with_learner(|kept| {
                // Somebody else followed the same events meanwhile, or fetched another state: this batch is not its next.
                if kept.seq == seq {
                    for (event, ticket) in &taught {
                        kept.learn(event, ticket, now);
                    }
                    kept.seq = last;
                }
            })?;
            if is_last {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Makes the analyser, or makes it anew where somebody saved another or changed the lists that it chooses from.
    async fn renew_learner(&self) -> Result<(), DeskError> {
        let vocabulary = self.vocabulary().await?;
        let options = self.triaging().await?.options.clone();
        let pointer = self.store.value(&pointer_name()).await?;
        let held = {
            let learner = self.learner.lock().unwrap_or_else(PoisonError::into_inner);
            learner.as_ref().map(|kept| {
                let same_lists =
                    Arc::ptr_eq(&kept.vocabulary, &vocabulary) && kept.options == options;
                (kept.pointer.clone(), same_lists)
            })
        };
        match &held {
            Some((of_it, true)) if *of_it == pointer => return Ok(()),
            Some((of_it, false)) if *of_it == pointer => {
                return self.with_learner(|kept| {
                    let model = kept.analyser.model().clone();
                    kept.analyser = self.analyser_of(&vocabulary, &options, model);
                    kept.vocabulary = vocabulary;
                    kept.options = options;
                });
            }
            Some(_) | None => {}
        }
        let fresh = Kept::new(self, vocabulary, options);
        let kept = self.restored(fresh, pointer).await?;
        let mut learner = self.learner.lock().unwrap_or_else(PoisonError::into_inner);
        // Somebody else may have fetched or saved one meanwhile, which is newer.
        let is_as_before = match (&held, learner.as_ref()) {
            (Some((held, _)), Some(now)) => *held == now.pointer,
            (None, None) => true,
            (Some(_), None) | (None, Some(_)) => false,
        };
        if is_as_before {
            *learner = Some(kept);
        }
        Ok(())
    }
}

impl Kept {
    /// Learns what an event teaches. An event that makes the analyser panic is passed over: no text of before may keep
    /// others from being read.
    fn learn(&mut self, event: &Event, ticket: &Ticket, now: Timestamp) {
        let learn = AssertUnwindSafe(|| {
            if event.kind == EventKind::Resolved {
                self.figures.count(ticket, event.at);
            }
            let Some(lesson) = Lesson::of(event, ticket, &self.options) else {
                return event.kind == EventKind::Resolved;
            };
            let id = ticket.id.to_string();
            let example = lesson.example(&id, ticket);
            let is_new = self.analyser.labels_of(&id) != Some(example.labels);
            if is_new {
                self.analyser.learn(&example);
            }
            is_new || event.kind == EventKind::Resolved
        });
        match catch_unwind(learn) {
            Ok(false) => {}
            Ok(true) => {
                self.unsaved = self.unsaved.saturating_add(1);
                self.unsaved_since.get_or_insert(now);
            }
            Err(_panic) => {
                tracing::error!(ticket.id = %ticket.id, "learning a ticket panicked; it is passed over");
            }
        }
    }
}

/// Whether an event may teach something.
fn teaches(event: &Event) -> bool {
    matches!(
        event.kind,
        EventKind::Resolved | EventKind::Edited | EventKind::TextEdited | EventKind::Reviewed
    )
}
