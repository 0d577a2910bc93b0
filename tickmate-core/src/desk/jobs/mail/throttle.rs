//! The limit of the provider: the pace at which all processes of the desk send mails.

use std::time::Duration;

use super::pace::Pace;
use crate::{
    desk::{Desk, DeskError, Mails, jobs::JobError},
    domain::{
        mail::MailStatus,
        time::{Span, Timestamp},
    },
};

/// The name of the stored value that holds the pace.
const PACE: &str = "mail.pace";

/// The maximum number of attempts to change the pace while concurrent mails change it too.
const TRIES: u32 = 5;

/// The pace as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct StoredPace {
    pace: Pace,
    /// The stored text, which a replacement expects.
    text: Option<String>,
}

impl Mails<'_> {
    /// Returns how long sending is paused because the provider limits its acceptance; zero if mails are sent.
    ///
    /// # Errors
    /// Errors of the store.
    pub async fn pause(self) -> Result<Span, DeskError> {
        Ok(self
            .desk
            .stored_pace()
            .await?
            .pace
            .remaining(self.desk.now()))
    }
}

impl Desk {
    async fn stored_pace(&self) -> Result<StoredPace, DeskError> {
        let text = self.store.value(PACE).await?;
        let pace = text.as_deref().map_or(Pace::UNLIMITED, Pace::from_text);
        Ok(StoredPace { pace, text })
    }

    /// Returns the pace if a mail may be sent, and otherwise an error that defers its job. Does not block. Of the mails
    /// that are due at the same time after a pause, only one may be sent.
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

    /// Records that the provider limited a mail that was sent at this pace, and returns when to retry the mail.
    pub(super) async fn note_limit(
        &self,
        sent_at: &StoredPace,
        asked: Duration,
    ) -> Result<Timestamp, DeskError> {
        let mut limited = sent_at.pace;
        for _ in 0..TRIES {
            let stored = self.stored_pace().await?;
            let now = self.now();
            limited = match stored.pace.is_pause_of(sent_at.pace) {
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

    /// Records that the provider accepted or refused a mail that was sent at this pace. Calls the store only if there
    /// is a limit.
    ///
    /// If a send takes longer than the pause, the next mail has started before the answer and has advanced the next
    /// time, so only the pause is compared. If another answer or a limit has changed the pause since, this answer is
    /// ignored.
    pub(super) async fn note_answer(&self, sent_at: &StoredPace) -> Result<(), DeskError> {
        if sent_at.pace.is_unlimited() {
            return Ok(());
        }
        for _ in 0..TRIES {
            let stored = self.stored_pace().await?;
            if !stored.pace.is_pause_of(sent_at.pace) {
                break;
            }
            let faster = stored.pace.after_answer();
            if self.replace_pace(&stored, faster).await?.is_some() {
                break;
            }
        }
        Ok(())
    }

    /// Replaces the pace unless a concurrent mail did, and returns the stored pace.
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

#[cfg(test)]
mod tests {
    use std::sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    };

    use super::*;
    use crate::{
        desk::{Clock, DeskSecret},
        domain::time::from_micros,
        memory::{MemoryMailer, MemoryQueue, MemoryStore},
    };

    /// Makes a desk, and returns it with the seconds of its clock.
    fn desk() -> (Desk, Arc<AtomicI64>) {
        let seconds = Arc::new(AtomicI64::new(1_700_000_000));
        let shown = Arc::clone(&seconds);
        let clock: Clock = Arc::new(move || from_micros(shown.load(Ordering::SeqCst) * 1_000_000));
        let desk = Desk::builder(
            Arc::new(MemoryStore::new()),
            Arc::new(MemoryMailer::new()),
            Arc::new(MemoryQueue::new(Arc::clone(&clock))),
        )
        .clock(clock)
        .random(Arc::new(|bytes| bytes.fill(7)))
        .cpu_executor(Arc::new(|work| {
            work();
            Ok(())
        }))
        .secret(DeskSecret::new(*b"an example secret of thirty-two b"));
        (desk.build().unwrap(), seconds)
    }

    async fn pause(desk: &Desk) -> Span {
        desk.stored_pace().await.unwrap().pace.pause()
    }

    #[tokio::test]
    async fn a_pause_halves_although_the_next_mail_begins_before_the_answer() {
        let (desk, seconds) = desk();
        let unlimited = desk.take_turn().await.unwrap();
        let asked = Duration::from_secs(8);
        desk.note_limit(&unlimited, asked).await.unwrap();
        assert_eq!(pause(&desk).await, Span::seconds(8));
        for halved in [4, 2, 1, 0] {
            seconds.fetch_add(8, Ordering::SeqCst);
            let slow = desk.take_turn().await.unwrap();
            seconds.fetch_add(8, Ordering::SeqCst);
            let next = desk.take_turn().await.unwrap();
            // The second answer belongs to a mail of the same pause, which halves only once.
            for sent_at in [slow, next] {
                desk.note_answer(&sent_at).await.unwrap();
                assert_eq!(pause(&desk).await, Span::seconds(halved));
            }
        }
    }

    #[tokio::test]
    async fn a_pause_grows_although_the_next_mail_begins_before_the_limit() {
        let (desk, seconds) = desk();
        let unlimited = desk.take_turn().await.unwrap();
        let asked = Duration::from_secs(8);
        desk.note_limit(&unlimited, asked).await.unwrap();
        for doubled in [16, 32, 64] {
            seconds.fetch_add(doubled, Ordering::SeqCst);
            let slow = desk.take_turn().await.unwrap();
            seconds.fetch_add(doubled, Ordering::SeqCst);
            let next = desk.take_turn().await.unwrap();
            // Both mails were sent at the same pause, which doubles only once.
            for sent_at in [slow, next] {
                desk.note_limit(&sent_at, asked).await.unwrap();
                assert_eq!(pause(&desk).await, Span::seconds(doubled));
            }
        }
    }

    #[tokio::test]
    async fn a_pause_that_grew_since_does_not_halve() {
        let (desk, seconds) = desk();
        let unlimited = desk.take_turn().await.unwrap();
        let asked = Duration::from_secs(8);
        desk.note_limit(&unlimited, asked).await.unwrap();
        seconds.fetch_add(8, Ordering::SeqCst);
        let slow = desk.take_turn().await.unwrap();
        seconds.fetch_add(8, Ordering::SeqCst);
        let limited = desk.take_turn().await.unwrap();
        desk.note_limit(&limited, asked).await.unwrap();
        desk.note_answer(&slow).await.unwrap();
        assert_eq!(pause(&desk).await, Span::seconds(16));
    }
    #[tokio::test]
    async fn a_late_answer_does_not_cut_short_what_the_provider_has_asked_for_since() {
        let asked = Duration::from_secs(8);
        for is_concurrent in [false, true] {
            let (desk, seconds) = desk();
            let unlimited = desk.take_turn().await.unwrap();
            desk.note_limit(&unlimited, asked).await.unwrap();
            seconds.fetch_add(8, Ordering::SeqCst);
            let late = desk.take_turn().await.unwrap();
            seconds.fetch_add(8, Ordering::SeqCst);
            let next = desk.take_turn().await.unwrap();
            if is_concurrent {
                // This mail was sent before the first limit.
                desk.note_limit(&unlimited, asked).await.unwrap();
            } else {
                desk.note_answer(&next).await.unwrap();
                seconds.fetch_add(4, Ordering::SeqCst);
                let limited = desk.take_turn().await.unwrap();
                desk.note_limit(&limited, asked).await.unwrap();
            }
            let before = desk.stored_pace().await.unwrap();
            assert_eq!(before.pace.pause(), Span::seconds(8));
            desk.note_answer(&late).await.unwrap();
            assert_eq!(desk.stored_pace().await.unwrap(), before);
        }
    }
}
