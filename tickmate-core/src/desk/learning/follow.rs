//! Follows the events: learns from those since the last call, one by one, so that a correction takes effect at once.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, PoisonError},
};

use super::{keeper::LearnerState, save::pointer_name};
use crate::{
    desk::{Desk, DeskError},
    domain::{
        event::{Event, EventKind},
        learn::{Analyzer, Model},
        ticket::Ticket,
        time::Timestamp,
        triage::Lesson,
    },
};

/// The number of events that one query reads.
const EVENTS: u32 = 500;
/// The maximum number of attempts to load the first analyzer while other processes save theirs.
const MAX_LOOKS: u32 = 20;

impl Desk {
    /// Brings the analyzer up to date as far as possible, and creates an untrained one if none can be loaded, so that a
    /// failure of the store or an unreadable earlier ticket does not prevent the current ticket from being read.
    pub(in crate::desk) async fn follow_learning_or_log(
        &self,
        batches: usize,
    ) -> Result<(), DeskError> {
        let followed = self.follow_learning(batches).await;
        self.made_or_empty(followed).await
    }

    /// Does the same for a job; concurrent jobs share one run that reads the events.
    pub(in crate::desk) async fn follow_learning_for_job(
        &self,
        batches: usize,
    ) -> Result<(), DeskError> {
        let follow = self.follow_learning(batches);
        let followed = self.follows_learning.run(follow).await;
        self.made_or_empty(followed).await
    }

    /// Logs why the analyzer could not be updated, and creates an untrained one if there is none.
    async fn made_or_empty(&self, followed: Result<bool, DeskError>) -> Result<(), DeskError> {
        if let Err(error) = followed {
            tracing::warn!(%error, "what happened lately could not be learnt");
        }
        if !self.is_made() {
            let vocabulary = self.vocabulary().await?;
            let options = self.triaging().await?.options.clone();
            let fresh = LearnerState::new(self, vocabulary, options, Model::default());
            let mut learner = self.learner.lock().unwrap_or_else(PoisonError::into_inner);
            learner.get_or_insert(fresh);
        }
        Ok(())
    }

    /// Brings the analyzer up to date with the store: the state that other processes saved, the current lists, and at
    /// most `batches` batches of events. Returns whether all events were processed.
    pub(in crate::desk) async fn follow_learning(&self, batches: usize) -> Result<bool, DeskError> {
        for _ in 0..MAX_LOOKS {
            self.renew_learner().await?;
            if self.is_made() {
                break;
            }
        }
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
                    && let Some(ticket) = self.readable_ticket(id).await?
                {
                    taught.push((event, ticket));
                }
            }
            let now = self.now();
            let is_next = self.with_learner(|kept| {
                // A concurrent run may have processed the same events, or loaded another state.
                let is_next = kept.seq == seq;
                if is_next {
                    for (event, ticket) in &taught {
                        kept.learn(event, ticket, now);
                    }
                    kept.seq = last;
                }
                is_next
            })?;
            if is_next && is_last {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn is_made(&self) -> bool {
        let learner = self.learner.lock().unwrap_or_else(PoisonError::into_inner);
        learner.is_some()
    }

    /// Builds the analyzer if there is none, another process saved a newer one, or the lists that it chooses from
    /// changed.
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
                    let model = kept.analyzer.model().clone();
                    kept.analyzer = self.analyzer_of(&vocabulary, &options, model);
                    kept.vocabulary = vocabulary;
                    kept.options = options;
                });
            }
            Some(_) | None => {}
        }
        let Some(kept) = self.restored(vocabulary, options, pointer).await? else {
            // The stored state changed during the read; the next attempt loads the newer one.
            return Ok(());
        };
        let mut learner = self.learner.lock().unwrap_or_else(PoisonError::into_inner);
        // A concurrent run may have loaded or saved a newer state.
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

impl LearnerState {
    /// Learns the lesson of an event. An event that makes the analyzer panic is skipped: no earlier text may prevent
    /// other tickets from being read.
    fn learn(&mut self, event: &Event, ticket: &Ticket, now: Timestamp) {
        let learn = AssertUnwindSafe(|| {
            if event.kind == EventKind::Resolved {
                self.figures.count(ticket, event.at);
            }
            let Some(lesson) = Lesson::of(event, ticket, &self.options) else {
                return event.kind == EventKind::Resolved;
            };
            let is_new = taught(&mut self.analyzer, ticket, lesson);
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

/// Adds a lesson to those of the ticket, unless an earlier one is the same. Returns whether it was added.
pub(super) fn taught(analyzer: &mut Analyzer, ticket: &Ticket, lesson: Lesson) -> bool {
    let id = ticket.id.to_string();
    let before = analyzer.labels_of(&id);
    let lesson = lesson.beside(before.unwrap_or_default());
    let example = lesson.example(&id, ticket);
    let is_new = before != Some(example.labels);
    if is_new {
        analyzer.learn(&example);
    }
    is_new
}

/// Returns whether an event may contain a lesson.
fn teaches(event: &Event) -> bool {
    matches!(
        event.kind,
        EventKind::Resolved | EventKind::Edited | EventKind::TextEdited | EventKind::Reviewed
    )
}
