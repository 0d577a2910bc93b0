//! Saves and loads the learned state under a pointer.

use std::sync::{Arc, PoisonError};

use serde::{Deserialize, Serialize};

use super::keeper::LearnerState;
use crate::{
    desk::{Desk, DeskError, blobs::version_of},
    domain::{
        job::{Job, JobKey, NewJob},
        learn::Model,
        options::Options,
        skill::Vocabulary,
        time::{Span, Timestamp, has_passed},
        triage::TriageFigures,
    },
};

/// Returns the name of the stored value that points to the learned state. It differs for each format, so that two
/// versions of this library on one store do not discard each other's state.
pub(super) fn pointer_name() -> String {
    format!("analyzer.{}", Model::FORMAT)
}

/// The number of unsaved lessons, and the age of the first of them, after which the state is saved.
pub(super) const MANY: u32 = 200;
const OLD: Span = Span::minutes(10);
/// The number of further lessons after which a failed training is enqueued again.
const LESSONS_A_KEY: u32 = 100;
/// The maximum number of batches of events that one sweep processes.
const BATCHES: usize = 40;

/// The stored state. It contains no text of any ticket.
#[derive(Debug, Serialize, Deserialize)]
struct Saved<'a> {
    seq: u64,
    trainings: u64,
    /// The figures as JSON.
    figures: String,
    /// The bytes of [`Model::to_bytes`].
    model: &'a [u8],
}

impl Desk {
    /// Learns from the events since the last sweep, saves the state after enough changes, and enqueues a full training
    /// when one is due.
    pub(in crate::desk) async fn sweep_learning(&self, now: Timestamp) -> Result<(), DeskError> {
        if !self.follow_learning(BATCHES).await? {
            return Ok(());
        }
        let (is_due, wants_training, trainings, key) = self.with_learner(|kept| {
            let is_old = kept
                .unsaved_since
                .is_some_and(|since| has_passed(OLD, since, now));
            let is_due = kept.unsaved >= MANY || is_old;
            let lessons = kept.analyzer.model().texts() / LESSONS_A_KEY;
            // The key also contains the saved state: a state that replaces a discarded one counts its trainings from 0.
            let saved = kept
                .pointer
                .as_deref()
                .and_then(version_of)
                .unwrap_or_default();
            let (form, trainings) = (Model::FORMAT, kept.trainings);
            let key = format!("train.{form}.{saved}.{trainings}.{lessons}");
            (is_due, kept.analyzer.wants_training(), trainings, key)
        })?;
        if is_due {
            self.save_learning().await?;
        }
        if wants_training {
            self.ask_for_training(key, trainings).await?;
        }
        Ok(())
    }

    /// Enqueues a training, unless it was done already.
    pub(super) async fn ask_for_training(
        &self,
        key: String,
        version: u64,
    ) -> Result<(), DeskError> {
        let job = NewJob::new(JobKey::new(key), Job::Train { version }, self.now());
        Ok(self.queue.enqueue(&[job]).await?)
    }

    /// Saves the state of this process, unless another process saved one first; the next call then loads that one.
    /// Returns whether the state was saved.
    pub(super) async fn save_learning(&self) -> Result<bool, DeskError> {
        let (bytes, before, seq) = self.with_learner(|kept| {
            let figures = serde_json::to_string(&kept.figures).ok();
            let bytes = figures.and_then(|figures| {
                let saved = Saved {
                    seq: kept.seq,
                    trainings: kept.trainings,
                    figures,
                    model: &kept.analyzer.model().to_bytes(),
                };
                postcard::to_allocvec(&saved).ok()
            });
            (bytes, kept.pointer.clone(), kept.seq)
        })?;
        let bytes = bytes.ok_or(DeskError::Internal("what was learned can't be written"))?;
        let name = pointer_name();
        let replaced = self.replace_blob(&name, before.as_deref(), &bytes);
        let pointer = replaced.await?;
        let is_saved = pointer.is_some();
        if let Some(pointer) = pointer {
            let mut learner = self.learner.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(kept) = learner.as_mut().filter(|kept| kept.pointer == before) {
                kept.pointer = Some(pointer);
                // Lessons since then are not part of the saved state.
                if kept.seq == seq {
                    kept.unsaved = 0;
                    kept.unsaved_since = None;
                }
            }
        }
        Ok(is_saved)
    }

    /// Loads the stored state; `None` if it changed during the read. A state that is unreadable or missing is
    /// discarded: everything is learned again, since following then starts with the first event.
    pub(super) async fn restored(
        &self,
        vocabulary: Arc<Vocabulary>,
        options: Options,
        pointer: Option<String>,
    ) -> Result<Option<LearnerState>, DeskError> {
        let with = |model| LearnerState::new(self, vocabulary, options, model);
        let Some(text) = pointer.as_deref() else {
            return Ok(Some(with(Model::default())));
        };
        let bytes = match self.blob(text).await? {
            Some(bytes) => bytes,
            None if self.store.value(&pointer_name()).await? != pointer => return Ok(None),
            None => Vec::new(),
        };
        let saved = postcard::from_bytes::<Saved<'_>>(&bytes).ok();
        let model = saved
            .as_ref()
            .and_then(|saved| Model::from_bytes(saved.model).ok());
        let figures = saved
            .as_ref()
            .and_then(|saved| serde_json::from_str::<TriageFigures>(&saved.figures).ok());
        let (Some(saved), Some(model), Some(figures)) = (saved, model, figures) else {
            tracing::warn!("the learned state can't be read by this version and is trained again");
            let fresh = with(Model::default());
            return Ok(Some(LearnerState { pointer, ..fresh }));
        };
        Ok(Some(LearnerState {
            figures,
            seq: saved.seq,
            trainings: saved.trainings,
            pointer,
            ..with(model)
        }))
    }
}
