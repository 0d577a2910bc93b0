//! Saving what was learnt, under a pointer, and fetching it.

use std::sync::PoisonError;

use base64::{Engine, engine::general_purpose::STANDARD_NO_PAD};
use serde::{Deserialize, Serialize};

use super::keeper::Kept;
use crate::{
    desk::{Desk, DeskError},
    domain::{
        job::{Job, JobKey, NewJob},
        learn::Model,
        time::{Span, Timestamp},
        triage::Figures,
    },
};

/// Under what name the store keeps what was learnt.
pub(super) const POINTER: &str = "analyser";

/// It is saved once so many lessons came, or the first of them is so old.
const MANY: u32 = 20;
const OLD: Span = Span::minutes(10);
/// How many batches of events one sweep follows.
const BATCHES: usize = 40;

/// What the store keeps. It holds no text of any ticket.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Saved {
    seq: u64,
    trainings: u64,
    figures: Figures,
    /// The model's bytes in base64.
    model: String,
}

impl Desk {
    /// Learns what happened, saves it when there is enough, and has all learnt anew when that is worth its time.
    pub(in crate::desk) async fn sweep_learning(&self, now: Timestamp) -> Result<(), DeskError> {
        if !self.follow_learning(BATCHES).await? {
            return Ok(());
        }
        let (is_due, wants_training, trainings) = self.with_learner(|kept| {
            let is_old = kept.unsaved_since.is_some_and(|since| now >= since + OLD);
            let is_due = kept.unsaved >= MANY || is_old;
            (is_due, kept.analyser.wants_training(), kept.trainings)
        })?;
        if is_due {
            self.save_learning().await?;
        }
        if wants_training {
            let job = NewJob {
                key: JobKey::new(format!("train.{trainings}")),
                job: Job::Train { version: trainings },
                run_at: now,
            };
            self.queue.enqueue(&[job]).await?;
        }
        Ok(())
    }

    /// Saves what this process learnt, unless another one was faster: then its is fetched at the next look.
    pub(super) async fn save_learning(&self) -> Result<(), DeskError> {
        let (text, before, seq) = self.with_learner(|kept| {
            let saved = Saved {
                seq: kept.seq,
                trainings: kept.trainings,
                figures: kept.figures.clone(),
                model: STANDARD_NO_PAD.encode(kept.analyser.model().to_bytes()),
            };
            (
                serde_json::to_string(&saved),
                kept.pointer.clone(),
                kept.seq,
            )
        })?;
        let text = text.map_err(|_| DeskError::Internal("what was learnt can't be written"))?;
        let version = before.as_deref().and_then(version_of).unwrap_or_default() + 1;
        let replaced = self.replace_document(POINTER, before.as_deref(), version, &text);
        if let Some(pointer) = replaced.await? {
            let mut learner = self.learner.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(kept) = learner.as_mut().filter(|kept| kept.pointer == before) {
                kept.pointer = Some(pointer);
                // What came since is not in what was saved.
                if kept.seq == seq {
                    kept.unsaved = 0;
                    kept.unsaved_since = None;
                }
            }
        }
        Ok(())
    }

    /// What the store has, put into an empty analyser. What can't be read is thrown away: all is learnt anew then, since
    /// following begins with the first event.
    pub(super) async fn restored(
        &self,
        fresh: Kept,
        pointer: Option<String>,
    ) -> Result<Kept, DeskError> {
        let Some(text) = pointer.as_deref() else {
            return Ok(fresh);
        };
        // Where the document is gone the pointer moved on, which the next look notices.
        let Some(document) = self.document(text).await? else {
            return Ok(fresh);
        };
        let saved = serde_json::from_str::<Saved>(&document.text).ok();
        let model = saved.as_ref().and_then(|saved| {
            let bytes = STANDARD_NO_PAD.decode(&saved.model).ok()?;
            Model::from_bytes(&bytes).ok()
        });
        let (Some(saved), Some(model)) = (saved, model) else {
            tracing::warn!("what was learnt can't be read by this version; it is learnt anew");
            return Ok(Kept { pointer, ..fresh });
        };
        Ok(Kept {
            analyser: self.analyser_of(&fresh.vocabulary, &fresh.options, model),
            figures: saved.figures,
            seq: saved.seq,
            trainings: saved.trainings,
            pointer,
            ..fresh
        })
    }
}

fn version_of(pointer: &str) -> Option<u64> {
    pointer.split_once(':')?.0.parse().ok()
}
