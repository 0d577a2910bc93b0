//! Dead jobs: listing them, and replaying one or all of them.

use crate::{
    backend::store::MailRequeue,
    desk::{Desk, DeskError, Jobs, authorize::demand_admin},
    domain::{
        access::Actor,
        job::{DeadJob, DeadPlace, Job, JobKey, QueueDepth},
        mail::MailStatus,
        page::{MAX_LIMIT, Page},
        time::Timestamp,
    },
};

/// Selects the dead jobs to replay. Without a condition, all are selected.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DeadJobQuery {
    /// Selects only jobs of this kind.
    pub kind: Option<String>,
    /// Selects only jobs that died at this time or later.
    pub from: Option<Timestamp>,
    /// Selects only jobs that died before this time.
    pub to: Option<Timestamp>,
}

impl DeadJobQuery {
    fn is_in_period(&self, died_at: Timestamp) -> bool {
        self.from.is_none_or(|from| from <= died_at) && self.to.is_none_or(|to| died_at < to)
    }
}

impl Jobs<'_> {
    /// Returns the number of jobs in each state.
    ///
    /// # Errors
    /// [`DeskError::Forbidden`] unless the actor is an admin.
    pub async fn depth(self, actor: &Actor) -> Result<QueueDepth, DeskError> {
        demand_admin(actor)?;
        Ok(self.desk.queue.depth().await?)
    }

    /// Returns a page of the dead jobs, newest first: those after this position, or the first ones.
    ///
    /// # Errors
    /// [`DeskError::Forbidden`] unless the actor is an admin; [`DeskError::Invalid`] for a limit outside 1 to
    /// [`MAX_LIMIT`].
    pub async fn dead(
        self,
        actor: &Actor,
        after: Option<DeadPlace>,
        limit: u32,
    ) -> Result<Page<DeadJob>, DeskError> {
        demand_admin(actor)?;
        match (1..=MAX_LIMIT).contains(&limit) {
            true => Ok(self.desk.queue.dead(after, limit).await?),
            false => Err(DeskError::field(
                "limit",
                format!("must be 1 to {MAX_LIMIT}"),
            )),
        }
    }

    /// Makes a dead job ready again. A mail that was rendered is sent unchanged.
    ///
    /// # Errors
    /// [`DeskError::Forbidden`] unless the actor is an admin; [`DeskError::NotFound`] if no dead job has this key.
    pub async fn replay(self, actor: &Actor, key: &JobKey) -> Result<(), DeskError> {
        demand_admin(actor)?;
        let deaths = self.desk.queue.deaths(std::slice::from_ref(key)).await?;
        let death = deaths.first().ok_or(DeskError::NotFound)?;
        if !self.desk.revive(death).await? {
            return Err(DeskError::NotFound);
        }
        self.desk.committed();
        Ok(())
    }

    /// Makes all dead jobs ready again that these conditions select, and returns their number. Jobs that die during the
    /// call are omitted. A call that fails may be repeated.
    ///
    /// # Errors
    /// [`DeskError::Forbidden`] unless the actor is an admin; [`DeskError::Invalid`] for a kind that this version does
    /// not know and that no dead job has.
    pub async fn replay_all(self, actor: &Actor, query: &DeadJobQuery) -> Result<u64, DeskError> {
        demand_admin(actor)?;
        let kind = query.kind.as_deref();
        let mut is_known = kind.is_none_or(|kind| Job::KINDS.contains(&kind));
        let mut retried = 0;
        let mut after = None;
        loop {
            // The list continues with older deaths, so a job that dies again during the call is not returned a second
            // time.
            let page = self.desk.queue.dead(after, MAX_LIMIT).await?;
            for death in &page.items {
                let is_of_kind = kind.is_none_or(|kind| kind == death.kind);
                is_known |= is_of_kind;
                if is_of_kind && query.is_in_period(death.died_at) {
                    retried += u64::from(self.desk.revive(death).await?);
                }
            }
            self.desk.committed();
            after = page.items.last().map(DeadJob::place);
            if !page.more {
                break;
            }
        }
        if !is_known {
            let message = format!("must be one of {}", Job::KINDS.join(", "));
            return Err(DeskError::field("kind", message));
        }
        Ok(retried)
    }
}

impl Desk {
    /// Makes a dead job ready again, and returns whether it was dead. If the job sends a mail, the mail is queued
    /// first, since the sweep may have marked it as dead.
    async fn revive(&self, death: &DeadJob) -> Result<bool, DeskError> {
        let now = self.now();
        if let Some(Job::Mail { mail: key, .. }) = death.job
            && let Some(mail) = self.store.mail(&key).await?
            && mail.status == MailStatus::Dead
        {
            let requeue = MailRequeue {
                key,
                retry: mail.retries + 1,
                at: now,
            };
            self.store.requeue_mail(&requeue).await?;
        }
        Ok(self.queue.replay(&death.key, now).await?)
    }
}
