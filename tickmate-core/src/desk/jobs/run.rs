//! Runs one job of any kind.

use super::super::{DeskError, HandlerError, Jobs};
use crate::{
    backend::mailer::MailError,
    domain::{job::Job, retry::NextRun, time::Timestamp},
};

/// The error of a job.
#[derive(Debug, thiserror::Error)]
pub enum JobError {
    /// The desk failed.
    #[error("the desk failed")]
    Desk(#[from] DeskError),
    /// A mail was not accepted.
    #[error("a mail was not accepted")]
    Mail {
        /// When to retry, if the desk knows better than the engine.
        retry_at: Option<Timestamp>,
        /// Whether the attempt counts towards the limit of the mail's attempts.
        is_counted: bool,
        /// The error of the mailer.
        source: MailError,
    },
    /// An event handler did not deliver an event.
    #[error("an event handler failed")]
    Handler {
        /// When to retry, if the handler requested a time.
        retry_at: Option<Timestamp>,
        /// The error of the handler.
        source: HandlerError,
    },
    /// This process does not know the event handler; another process may.
    #[error("this process has no event handler {handler:?}")]
    UnknownHandler {
        /// The name of the handler.
        handler: String,
        /// When the job is due again.
        retry_at: Timestamp,
    },
    /// The job waits for something else, and this counts as an error.
    #[error("not before {0}")]
    Later(Timestamp),
    /// The job waits for something else, and this does not count as an error.
    #[error("deferred until {0}")]
    Deferred(Timestamp),
    /// The job refers to something that does not exist.
    #[error("{0}")]
    Obsolete(&'static str),
}

impl JobError {
    /// Returns whether a retry can't succeed.
    pub const fn is_permanent(&self) -> bool {
        match self {
            Self::Obsolete(_)
            | Self::Mail {
                source: MailError::Refused(_),
                ..
            } => true,
            Self::Handler { source, .. } => source.is_permanent(),
            Self::Desk(_)
            | Self::Mail { .. }
            | Self::UnknownHandler { .. }
            | Self::Later(_)
            | Self::Deferred(_) => false,
        }
    }

    /// Returns what the error requests for the next run of the job.
    pub const fn next_run(&self) -> NextRun {
        match self.retry_at() {
            _ if self.is_permanent() => NextRun::Never,
            Some(at) if !self.is_counted() => NextRun::Deferred(at),
            Some(at) => NextRun::At(at),
            None => NextRun::ByPolicy,
        }
    }

    /// Returns when to retry, if the desk knows better than the engine.
    pub const fn retry_at(&self) -> Option<Timestamp> {
        match self {
            Self::Later(at) | Self::Deferred(at) => Some(*at),
            Self::Mail { retry_at, .. } | Self::Handler { retry_at, .. } => *retry_at,
            Self::UnknownHandler { retry_at, .. } => Some(*retry_at),
            Self::Desk(_) | Self::Obsolete(_) => None,
        }
    }

    /// Returns whether the error counts towards the limit after which a job is dead. An error that does not count means
    /// that the job waits for something; it has a [`retry_at`](Self::retry_at), and the engine passes
    /// [`AfterError::DeferUntil`](crate::backend::queue::AfterError::DeferUntil) to the queue.
    pub const fn is_counted(&self) -> bool {
        match self {
            Self::Mail {
                retry_at: Some(_),
                is_counted,
                ..
            } => *is_counted,
            Self::UnknownHandler { .. } | Self::Deferred(_) => false,
            Self::Mail { .. }
            | Self::Handler { .. }
            | Self::Desk(_)
            | Self::Later(_)
            | Self::Obsolete(_) => true,
        }
    }
}

impl From<crate::backend::store::StoreError> for JobError {
    fn from(error: crate::backend::store::StoreError) -> Self {
        Self::Desk(error.into())
    }
}

impl Jobs<'_> {
    /// Runs a job. `errors` is the number of earlier attempts that failed. The future must be polled to completion or
    /// dropped, since other jobs may wait for what it reads.
    ///
    /// # Errors
    /// An error that is retried, or one that is [permanent](JobError::is_permanent).
    pub async fn run(self, job: &Job, errors: u32) -> Result<(), JobError> {
        if follows_rules(job) {
            self.desk.jobs().follow_events().await?;
        }
        match *job {
            Job::Triage { ticket } => self.desk.triage_ticket(ticket, errors).await,
            Job::Refine { ticket, attempt } => self.desk.refine(ticket, attempt, errors).await,
            Job::Train { version } => self.desk.train(version).await,
            Job::Route { ticket } => self.desk.route(ticket).await,
            Job::DispatchBacklog { freed } => self.desk.dispatch_after_release(freed).await,
            Job::RequeueUnattended { user } => self.desk.requeue_unattended(user).await,
            Job::Mail { mail, retry } => self.desk.send_mail(&mail, retry).await,
            Job::ReapplyToUsers {
                version,
                after,
                again,
            } => self.desk.reapply_to_users(version, after, again).await,
            Job::ReapplyToTickets {
                version,
                after,
                again,
            } => self.desk.reapply_to_tickets(version, after, again).await,
            Job::HandleEvent {
                event,
                ref handler,
                ref target,
            } => self.desk.handle_event(event, handler, target).await,
        }
    }
}

/// Returns whether the job follows from a change of rules, which this process must load before it runs the job.
const fn follows_rules(job: &Job) -> bool {
    matches!(
        job,
        Job::DispatchBacklog { freed: None }
            | Job::ReapplyToUsers { .. }
            | Job::ReapplyToTickets { .. }
    )
}
