//! Following: what happened since the last look is learned, event by event, so that a correction counts at once.

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

/// How many events are read at once.
const EVENTS: u32 = 500;
/// How often the first analyzer is looked for while others save theirs.
const MAX_LOOKS: u32 = 20;

impl Desk {
    /// Brings the analyzer up to date as far as that can be done, and makes one that knows nothing where nothing can:
    /// whatever is wrong with the store or with a ticket of before, this one is read.
    pub(in crate::desk) async fn follow_learning_or_log(
        &self,
        batches: usize,
    ) -> Result<(), DeskError> {
        let followed = self.follow_learning(batches).await;
        self.made_or_empty(followed).await
    }

    /// Does the same for a job; jobs that want it at once read the events together.
    pub(in crate::desk) async fn follow_learning_for_job(
        &self,
        batches: usize,
    ) -> Result<(), DeskError> {
        let follow = self.follow_learning(batches);
        let followed = self.follows_learning.run(follow).await;
        self.made_or_empty(followed).await
    }

    /// Logs why the analyzer could not be brought up to date, and makes one that knows nothing where there is none.
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

    /// Brings the analyzer up to date with the store: what other processes saved, the lists that hold, and at most so
    /// many batches of events. Answers whether it has seen them all.
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
                // Somebody else may have followed the same events meanwhile, or fetched another state.
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

    /// Builds the analyzer if there is none, another process saved a newer one, or the lists that it chooses from changed.
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
            // It moved on meanwhile; the next look fetches the newer one.
            return Ok(());
        };
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

impl LearnerState {
    /// Learns what an event teaches. An event that makes the analyzer panic is passed over: no text of before may keep
    /// others from being read.
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

/// Teaches a lesson beside what the ticket taught before, unless that says the same. Answers whether it did.
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

/// Whether an event may teach something.
fn teaches(event: &Event) -> bool {
    matches!(
        event.kind,
        EventKind::Resolved | EventKind::Edited | EventKind::TextEdited | EventKind::Reviewed
    )
}
