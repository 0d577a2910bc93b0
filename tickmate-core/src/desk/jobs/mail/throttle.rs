//! The limit of the provider: the pace at which all processes of the desk send mails.

use std::time::Duration;

use super::pace::Pace;
use crate::{
    desk::{Desk, DeskError, jobs::JobError},
    domain::{
        mail::MailStatus,
        time::{Span, Timestamp},
    },
};

/// The value that holds the pace.
const PACE: &str = "mail.pace";

/// How often a change of the pace is tried that concurrent mails change too.
const TRIES: u32 = 5;

/// The pace as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct StoredPace {
    pace: Pace,
    /// The text of the value, for replacing it.
    text: Option<String>,
}

impl Desk {
    /// Returns for how long no mail is sent since the provider limits how much it accepts; zero where mails are sent.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn mail_pause(&self) -> Result<Span, DeskError> {
        Ok(self.stored_pace().await?.pace.remaining(self.now()))
    }

    async fn stored_pace(&self) -> Result<StoredPace, DeskError> {
        let text = self.store.value(PACE).await?;
        let pace = text.as_deref().map_or(Pace::UNLIMITED, Pace::from_text);
        Ok(StoredPace { pace, text })
    }

    /// Waits for no turn: returns the pace where a mail may be sent, and an error that defers its job where not. Of the
    /// mails that come after a pause at once, one may be sent.
    pub(super) async fn take_turn(&self) -> Result<StoredPace, JobError> {
        let stored = self.stored_pace().await?;
        if stored.pace.is_unlimited() {
            return Ok(stored);
        }
        let now = self.now();
        if stored.pace.remaining(now).is_zero()
            && let Some(taken) = self
                .replace_pace(&stored, stored.pace.after_start(now))
                .await?
        {
            return Ok(taken);
        }
        let current = self.stored_pace().await?;
        Err(JobError::Deferred(self.next_turn(current.pace).await?))
    }

    /// Notes that the provider limited a mail that was sent at this pace, and returns when to retry the mail.
    pub(super) async fn note_limit(
        &self,
        sent_at: &StoredPace,
        asked: Duration,
    ) -> Result<Timestamp, DeskError> {
        let mut limited = sent_at.pace;
        for _ in 0..TRIES {
            let stored = self.stored_pace().await?;
            let now = self.now();
            limited = match stored == *sent_at {
                true => stored.pace.after_limit(asked, now),
                false => stored.pace.after_concurrent_limit(asked, now),
            };
            if self.replace_pace(&stored, limited).await?.is_some() {
                tracing::warn!(pause = ?limited.remaining(now), "the mail provider limits how much it accepts");
                break;
            }
        }
        self.next_turn(limited).await
    }

    /// Notes that the provider judged a mail that was sent at this pace. Costs a call of the store only where there is a
    /// limit.
    pub(super) async fn note_answer(&self, sent_at: &StoredPace) -> Result<(), DeskError> {
        if !sent_at.pace.is_unlimited() {
            // A concurrent change knows better.
            self.replace_pace(sent_at, sent_at.pace.after_answer())
                .await?;
        }
        Ok(())
    }

    /// Replaces the pace unless a concurrent mail did, and returns what is stored then.
    async fn replace_pace(
        &self,
        stored: &StoredPace,
        pace: Pace,
    ) -> Result<Option<StoredPace>, DeskError> {
        let text = pace.to_text();
        let is_replaced = self
            .store
            .replace_value(PACE, stored.text.as_deref(), &text)
            .await?;
        let text = Some(text);
        Ok(is_replaced.then_some(StoredPace { pace, text }))
    }

    async fn next_turn(&self, pace: Pace) -> Result<Timestamp, DeskError> {
        let counts = self.store.mail_counts().await?;
        let waiting = counts.get(&MailStatus::Queued).copied().unwrap_or_default();
        let random = u16::from_le_bytes(self.random_bytes());
        Ok(pace.next_turn(waiting, self.now(), random))
    }
}
