//! Following: what happened since the last look is learnt, event by event, so that a correction counts at once.

use std::sync::{Arc, PoisonError};

use super::keeper::Kept;
use crate::{
    desk::{Desk, DeskError},
    domain::{
        event::{Event, EventKind},
        ticket::Ticket,
        triage::Lesson,
    },
};

/// How many events are read at once.
const EVENTS: u32 = 500;

impl Desk {
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
                // Somebody else may have followed the same events meanwhile.
                taught.retain(|(event, _)| event.seq > kept.seq);
                for (event, ticket) in &taught {
                    kept.learn(event, ticket);
                }
                if !taught.is_empty() {
                    kept.unsaved_since = kept.unsaved_since.or(Some(now));
                }
                kept.seq = kept.seq.max(last);
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
        let pointer = self.store.value(super::save::POINTER).await?;
        let is_known = {
            let learner = self.learner.lock().unwrap_or_else(PoisonError::into_inner);
            learner.as_ref().map(|kept| {
                let same_lists =
                    Arc::ptr_eq(&kept.vocabulary, &vocabulary) && kept.options == options;
                (kept.pointer == pointer, same_lists)
            })
        };
        match is_known {
            Some((true, true)) => return Ok(()),
            Some((true, false)) => {
                return self.with_learner(|kept| {
                    let model = kept.analyser.model().clone();
                    kept.analyser = self.analyser_of(&vocabulary, &options, model);
                    kept.vocabulary = vocabulary;
                    kept.options = options;
                });
            }
            Some((false, _)) | None => {}
        }
        let fresh = Kept::new(self, vocabulary, options);
        let kept = self.restored(fresh, pointer).await?;
        let mut learner = self.learner.lock().unwrap_or_else(PoisonError::into_inner);
        *learner = Some(kept);
        Ok(())
    }
}

impl Kept {
    fn learn(&mut self, event: &Event, ticket: &Ticket) {
        if event.kind == EventKind::Resolved {
            self.figures.count(ticket, event.at);
        }
        if let Some(lesson) = Lesson::of(event, ticket, &self.options) {
            let id = ticket.id.to_string();
            self.analyser.learn(&lesson.example(&id, ticket));
        }
        self.unsaved = self.unsaved.saturating_add(1);
    }
}

/// Whether an event may teach something.
fn teaches(event: &Event) -> bool {
    matches!(
        event.kind,
        EventKind::Resolved | EventKind::Edited | EventKind::TextEdited | EventKind::Reviewed
    )
}
