//! Retries of mails that are dead, uncertain or suppressed.

use crate::{
    backend::store::{MailQuery, MailRequeue},
    desk::{Desk, DeskError, Mails, authorize::demand_admin},
    domain::{
        access::Actor,
        consequences::consequences,
        job::{Job, JobKey, NewJob},
        mail::{Mail, MailKey, MailStatus},
        page::MAX_LIMIT,
        time::Timestamp,
    },
};

/// The number of retries of a mail, from the last one backwards, whose jobs are examined.
const MAX_RETRIES_LOOKED_AT: usize = 100;

impl Mails<'_> {
    /// Sends a mail again unchanged, with the same checks as every send. Returns the updated mail. Repeating the call
    /// while the mail is queued changes nothing.
    ///
    /// # Errors
    /// [`DeskError::Forbidden`] unless the actor is an admin; [`DeskError::NotFound`] for an unknown mail; a conflict
    /// `mail_sent` for a mail that was sent.
    pub async fn retry(self, actor: &Actor, key: &MailKey) -> Result<Mail, DeskError> {
        demand_admin(actor)?;
        let mail = self
            .desk
            .store
            .mail(key)
            .await?
            .ok_or(DeskError::NotFound)?;
        if mail.status == MailStatus::Sent {
            return Err(DeskError::conflict("mail_sent", "the mail was sent"));
        }
        self.desk.enqueue_retry(actor, &mail).await?;
        self.desk.committed();
        self.desk.store.mail(key).await?.ok_or(DeskError::NotFound)
    }

    /// Sends all mails of this status again whose status last changed in this period: at or after `from`, and before
    /// `to`. Without a status it selects the dead ones. Returns the number of mails.
    ///
    /// Mails that get the status during the call are omitted. A call that fails may be repeated: the mails that it has
    /// retried do not have the status any more.
    ///
    /// # Errors
    /// [`DeskError::Forbidden`] unless the actor is an admin; [`DeskError::Invalid`] for a status of mails that can't be
    /// retried.
    pub async fn retry_all(
        self,
        actor: &Actor,
        status: Option<MailStatus>,
        from: Option<Timestamp>,
        to: Option<Timestamp>,
    ) -> Result<u64, DeskError> {
        demand_admin(actor)?;
        let status = status.unwrap_or(MailStatus::Dead);
        if !status.can_be_retried() {
            return Err(DeskError::field(
                "status",
                "must be one of dead, uncertain, suppressed",
            ));
        }
        let mut query = MailQuery {
            status: Some(status),
            from,
            to,
            after: None,
        };
        let mut retried = 0;
        loop {
            let page = self.desk.store.mails(&query, MAX_LIMIT).await?;
            for mail in &page.items {
                retried += u64::from(self.desk.enqueue_retry(actor, mail).await?);
            }
            self.desk.committed();
            query.after = page.items.last().map(Mail::place);
            if !page.more {
                return Ok(retried);
            }
        }
    }
}

impl Desk {
    /// Enqueues a retry of a mail; returns `false` if the mail is queued or is being sent.
    ///
    /// If the last job of the mail is dead, that job is made ready again: the mail is queued first, so that a crash in
    /// between leaves a dead job, which the sweep finds. Otherwise the mail gets a new job, which queues the mail
    /// itself: the job's key contains the number of the retry, so repeating the call enqueues nothing.
    async fn enqueue_retry(&self, actor: &Actor, mail: &Mail) -> Result<bool, DeskError> {
        let now = self.now();
        let requeue = MailRequeue {
            key: mail.key,
            retry: mail.retries + 1,
            at: now,
        };
        if let Some(dead) = self.dead_job_of(mail).await? {
            if mail.status.is_final() {
                self.store.requeue_mail(&requeue).await?;
            }
            return Ok(self.queue.replay(&dead, now).await?);
        }
        if !mail.status.can_be_retried() {
            return Ok(false);
        }
        let key = retry_key(&mail.key, requeue.retry);
        let send = Job::Mail {
            mail: mail.key,
            retry: requeue.retry,
        };
        let job = NewJob {
            // Retried mails share the queue fairly with mails that other users cause, even if there are thousands.
            requester: actor.id(),
            ..NewJob::new(key, send, now)
        };
        self.queue.enqueue(&[job]).await?;
        // The job does this as well; doing it here shows the mail as queued immediately.
        self.store.requeue_mail(&requeue).await?;
        Ok(true)
    }

    /// Returns the key of the newest dead job of a mail. A replay of a retry's job counts as a retry without a job of
    /// its own, so the jobs of all retries are examined.
    async fn dead_job_of(&self, mail: &Mail) -> Result<Option<JobKey>, DeskError> {
        let mut keys: Vec<JobKey> = (1..=mail.retries)
            .rev()
            .take(MAX_RETRIES_LOOKED_AT)
            .map(|retry| retry_key(&mail.key, retry))
            .collect();
        if let Some(event) = self.store.event(mail.key.event).await? {
            let jobs = consequences(&event).unwrap_or_default();
            let is_of_mail =
                |new: &NewJob| matches!(new.job, Job::Mail { mail: key, .. } if key == mail.key);
            keys.extend(jobs.into_iter().filter(is_of_mail).map(|new| new.key));
        }
        let deaths = self.queue.deaths(&keys).await?;
        let newest = deaths.into_iter().max_by_key(|death| death.died_at);
        Ok(newest.map(|death| death.key))
    }
}

/// Returns the key of the job of a retry.
fn retry_key(mail: &MailKey, retry: u32) -> JobKey {
    JobKey::new(format!("mail.retry.{retry}.{mail}"))
}
