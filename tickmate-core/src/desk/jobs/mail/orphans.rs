//! Mails with dead jobs: the sweep marks them as dead, so that admins see them in the list of mails.

use std::sync::PoisonError;

use crate::{
    backend::store::MailUpdate,
    desk::{Desk, DeskError, jobs::JobError},
    domain::{
        job::{DeadJob, DeadPlace, Job},
        mail::{MailKey, MailStatus},
        page::MAX_LIMIT,
        time::{Span, Timestamp, furthest_ahead, has_passed},
    },
};

/// How long a mail may be queued while its job is dead: a replay queues the mail before it revives the job.
const GRACE: Span = Span::minutes(1);

/// The overlap of a walk with the previous one, since the clocks of processes differ.
const OVERLAP: Span = Span::minutes(5);

/// The progress of the walk over the dead jobs, from the newest to those that an earlier walk has seen.
#[derive(Debug, Default)]
pub(in crate::desk) struct DeadJobsWalk {
    /// The last job that was examined; `None` if the next walk starts from the beginning.
    after: Option<DeadPlace>,
    /// When the current walk started.
    begun: Option<Timestamp>,
    /// Jobs that died before this time have been examined.
    seen_before: Option<Timestamp>,
}

impl Desk {
    /// Marks the mails of dead jobs as dead, for one page of jobs per call. Costs one read of the queue if no job died
    /// since the last walk.
    pub(in crate::desk::jobs) async fn mark_mails_of_dead_jobs(
        &self,
        now: Timestamp,
    ) -> Result<(), JobError> {
        // Times noted before the clock was set back do not apply to jobs that died since.
        let is_past = |moment: &Timestamp| *moment <= furthest_ahead(now);
        let (after, begun, seen_before) = self.with_walk(|walk| {
            let begun = walk.begun.filter(is_past).unwrap_or(now);
            walk.begun = Some(begun);
            let seen_before = walk.seen_before.filter(is_past);
            (walk.after.clone(), begun, seen_before)
        });
        let page = self.queue.dead(after, MAX_LIMIT).await;
        let page = page.map_err(DeskError::from)?;
        let is_new = |job: &&DeadJob| seen_before.is_none_or(|seen| job.died_at >= seen);
        for death in page.items.iter().filter(is_new) {
            if let Some(Job::Mail { mail, .. }) = death.job {
                self.mark_mail_of(&mail, death, now).await?;
            }
        }
        let last = page.items.last().filter(is_new).filter(|_| page.more);
        self.with_walk(|walk| match last {
            Some(last) => walk.after = Some(last.place()),
            None => {
                *walk = DeadJobsWalk {
                    seen_before: Some(begun - OVERLAP),
                    ..DeadJobsWalk::default()
                };
            }
        });
        Ok(())
    }

    async fn mark_mail_of(
        &self,
        key: &MailKey,
        death: &DeadJob,
        now: Timestamp,
    ) -> Result<(), JobError> {
        let Some(mail) = self.store.mail(key).await? else {
            return Ok(());
        };
        // A mail that was queued after the death is about to get its job back.
        let is_orphan = mail.updated_at <= death.died_at || has_passed(GRACE, mail.updated_at, now);
        if mail.status.is_final() || !is_orphan {
            return Ok(());
        }
        let unanswered_since = match mail.status {
            MailStatus::Sending => mail.unanswered_since.or(Some(mail.updated_at)),
            _ => mail.unanswered_since,
        };
        let update = MailUpdate {
            key: *key,
            status: MailStatus::Dead,
            unanswered_since,
            reference: None,
            reason: mail.reason.or_else(|| death.last_error.clone()),
            at: now,
        };
        self.store.update_mail(&update).await?;
        tracing::warn!(mail.kind = key.kind.as_str(), event.id = %key.event, job.key = %death.key, "a mail is dead: its job died");
        Ok(())
    }

    fn with_walk<T>(&self, f: impl FnOnce(&mut DeadJobsWalk) -> T) -> T {
        f(&mut self
            .dead_jobs_walk
            .lock()
            .unwrap_or_else(PoisonError::into_inner))
    }
}
