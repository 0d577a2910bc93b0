//! The sweep: finds work that was lost for any reason, and cleans up once a day.

use std::{collections::HashMap, sync::PoisonError};

use crate::{
    backend::store::Cleaned,
    desk::{Desk, DeskError, Jobs, jobs::JobError},
    domain::{
        consequences::consequences,
        id::{TicketId, UserId},
        job::{DeathCause, Job, JobKey, NewJob},
        job_class::JobClass,
        limit,
        ticket::Ticket,
        time::{Span, Timestamp, from_micros, furthest_ahead, has_passed},
        unattended::{Keeps, is_unattended},
        user::User,
    },
};

/// The result of one sweep.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Swept {
    /// The number of tickets that were examined because their assignees are absent or inactive.
    pub requeued: usize,
    /// The number of tickets that were examined because they still need triage.
    pub needing_triage: usize,
    /// When the next sweep is due.
    pub next_due: Timestamp,
}

/// The number of tickets of each kind that one sweep examines.
const BATCH: u32 = 100;
/// The number of a ticket's events that are searched for its jobs.
const EVENTS: u32 = 100;
/// The multiple of the grace period after which a ticket counts as stranded.
const STRANDED: i32 = 20;
/// The interval of the cleanup.
const CLEAN_EVERY: Span = Span::days(1);
/// The minimum time for which idempotency keys are kept.
const KEEP_KEYS: Span = Span::days(1);
/// The time for which the keys of completed jobs are kept.
const KEEP_JOBS: Span = Span::days(30);
/// The name of the stored value that holds the time of the last cleanup.
const CLEANED_AT: &str = "cleaned_at";

/// The maximum number of assignees that one sweep examines; one query reads them all.
const HOLDERS: usize = 1_000;
/// The maximum number of absent users whose tickets one sweep hands over.
const ABSENT: usize = 200;

/// The errors of a sweep: the failure of one step does not block the others.
#[derive(Default)]
struct Failed {
    first: Option<JobError>,
}

impl Failed {
    fn note<T>(&mut self, step: &'static str, done: Result<T, JobError>) -> Option<T> {
        match done {
            Ok(done) => Some(done),
            Err(error) => {
                tracing::warn!(step, error = %error, "a step of the sweep failed");
                self.first.get_or_insert(error);
                None
            }
        }
    }
}

impl Jobs<'_> {
    /// Runs one sweep. The future must be polled to completion or dropped, since jobs may wait for what it reads.
    ///
    /// # Errors
    /// The first error of the store or the queue, after every step was tried. Calling again is safe.
    pub async fn sweep(self) -> Result<Swept, JobError> {
        let now = self.desk.now();
        let mut failed = Failed::default();
        let followed = self.desk.jobs().follow_events().await;
        failed.note("follow events", followed.map_err(JobError::from));
        let requeued = failed.note("unassign", self.desk.sweep_unattended(now).await);
        failed.note("turn shifts", self.desk.turn_shifts(now).await);
        failed.note("begin a walk", self.desk.walk_if_due().await);
        failed.note("hand over", self.desk.sweep_hand_over().await);
        failed.note("escalate", self.desk.escalate(now).await);
        let needing_triage = failed.note("triage", self.desk.sweep_untriaged(now).await);
        failed.note(
            "dispatch the backlog",
            self.desk.dispatch_backlog(&[]).await,
        );
        failed.note(
            "learn",
            self.desk.sweep_learning(now).await.map_err(JobError::from),
        );
        failed.note(
            "mark dead mails",
            self.desk.mark_mails_of_dead_jobs(now).await,
        );
        failed.note("clean up", self.desk.clean_if_due(now).await);
        failed.first.map_or(Ok(()), Err)?;
        Ok(Swept {
            requeued: requeued.unwrap_or_default(),
            needing_triage: needing_triage.unwrap_or_default(),
            next_due: now + self.desk.settings.sweep_every,
        })
    }
}

impl Desk {
    /// Unassigns unattended tickets and offers them to others. Returns the number of examined tickets.
    ///
    /// A sweep examines the next [`HOLDERS`] assignees and stops early once it has found [`BATCH`] tickets.
    async fn sweep_unattended(&self, now: Timestamp) -> Result<usize, JobError> {
        let rules = self.rules().await?;
        let away_limit = self.away_limit(&rules);
        let turn = self.holders_in_turn(HOLDERS).await?;
        let users = self.store.users(&turn).await?;
        let users: HashMap<UserId, &User> = users.iter().map(|user| (user.id, user)).collect();
        let mut found = 0;
        let mut free = Vec::new();
        for holder in turn {
            let keeps = Keeps::of(users.get(&holder).copied(), now, away_limit);
            if keeps != Keeps::Everything {
                for ticket in self.store.held_by(holder).await? {
                    if !is_unattended(&ticket, keeps) {
                        continue;
                    }
                    let id = ticket.id;
                    match self.requeue_if_unattended(ticket).await {
                        Ok(ticket) => free.extend(ticket),
                        Err(error) => log_failure(id, Err(error)),
                    }
                    found += 1;
                }
            }
            self.holders_seen(holder);
            if found >= BATCH as usize {
                break;
            }
        }
        if !free.is_empty() {
            self.dispatch_backlog(&free).await?;
        }
        Ok(found)
    }

    /// Returns the next assignees of unfinished tickets after the last one that a sweep examined, and starts again from
    /// the first one after the end.
    async fn holders_in_turn(&self, count: usize) -> Result<Vec<UserId>, JobError> {
        let holders = self.store.holders().await?;
        let last = *self
            .last_holder
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let first = holders.partition_point(|id| last.is_some_and(|last| *id <= last));
        let (before, after) = holders.split_at(first);
        Ok(after.iter().chain(before).take(count).copied().collect())
    }

    fn holders_seen(&self, last: UserId) {
        *self
            .last_holder
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = Some(last);
    }

    /// Hands over the tickets of absent users if the policy says so, for the next [`ABSENT`] users.
    async fn sweep_hand_over(&self) -> Result<(), JobError> {
        if !self.rules().await?.policy().hand_over {
            return Ok(());
        }
        self.refresh_index().await?;
        for person in self.absent_in_turn(ABSENT)? {
            if let Err(error) = self.hand_over_from(person).await {
                tracing::warn!(user.id = %person, error = %error, "an absent person's tickets could not be handed over");
            }
        }
        Ok(())
    }

    async fn sweep_untriaged(&self, now: Timestamp) -> Result<usize, JobError> {
        let stuck = self
            .store
            .needing_triage(now - self.settings.triage_grace, furthest_ahead(now), BATCH)
            .await?;
        let needing_triage = stuck.len();
        for ticket in stuck {
            let id = ticket.id;
            log_failure(id, self.resume_triage(ticket).await);
        }
        Ok(needing_triage)
    }

    /// Resumes the triage of a ticket. A pending job is left unchanged, a lost job is enqueued again, and the work of a
    /// dead job is done by the sweep. A ticket that needs triage for long although its jobs are neither dead nor
    /// pending gets a job with a new key: the earlier jobs ended without doing their work.
    async fn resume_triage(&self, ticket: Ticket) -> Result<(), JobError> {
        let mut jobs = self.jobs_of_triage(&ticket).await?;
        let now = self.now();
        if has_passed(
            self.settings.triage_grace * STRANDED,
            ticket.updated_at,
            now,
        ) {
            jobs.push(swept_job(&ticket, now));
        }
        let keys: Vec<JobKey> = jobs.iter().map(|job| job.key.clone()).collect();
        let deaths = self.queue.deaths(&keys).await.map_err(DeskError::from)?;
        if deaths.is_empty() {
            let enqueued = self.queue.enqueue(&jobs).await;
            return enqueued.map_err(|error| DeskError::from(error).into());
        }
        let id = ticket.id;
        tracing::warn!(ticket.id = %id, deaths = deaths.len(), "a job of this ticket is dead; the sweep looks after it");
        if !ticket.is_read() {
            match deaths
                .iter()
                .any(|death| death.cause == DeathCause::Crashes)
            {
                true => self.triage_unread(ticket).await?,
                false => self.triage_embedded(ticket).await?,
            }
        }
        self.route(id).await
    }

    /// Returns the jobs that triage and route this ticket.
    async fn jobs_of_triage(&self, ticket: &Ticket) -> Result<Vec<NewJob>, JobError> {
        let now = self.now();
        let mut jobs = Vec::new();
        let mut after = 0;
        loop {
            let page = self.store.ticket_events(ticket.id, after, EVENTS).await?;
            let is_triage =
                |job: &NewJob| matches!(job.job, Job::Triage { .. } | Job::Route { .. });
            let of_page = page.items.iter().filter_map(consequences).flatten();
            jobs.extend(of_page.filter(is_triage).map(|job| job.due_by(now)));
            match page.items.last() {
                Some(last) if page.more => after = last.seq,
                _ => return Ok(last_of_each_kind(jobs)),
            }
        }
    }

    async fn clean_if_due(&self, now: Timestamp) -> Result<(), JobError> {
        let last = self
            .store
            .value(CLEANED_AT)
            .await?
            .and_then(|micros| micros.parse().ok())
            .map(from_micros);
        if last.is_some_and(|last| !has_passed(CLEAN_EVERY, last, now)) {
            return Ok(());
        }
        let idle_before = now - self.settings.session_idle - crate::domain::session::TOUCH_EVERY;
        let mut cleaned = Cleaned::default();
        loop {
            let attempts_before = now - limit::LONGEST * 2;
            let some = self
                .store
                .clean(now, idle_before, now - KEEP_KEYS, attempts_before)
                .await?;
            if some == Cleaned::default() {
                break;
            }
            cleaned.sessions += some.sessions;
            cleaned.request_keys += some.request_keys;
            cleaned.attempts += some.attempts;
        }
        let mut calls = 0;
        loop {
            match self.forget_old_calls(now).await? {
                0 => break,
                some => calls += some,
            }
        }
        let blobs = self.clean_blobs(now).await?;
        let mut jobs = 0;
        loop {
            let some = self.queue.clean(now - KEEP_JOBS).await;
            match some.map_err(DeskError::from)? {
                0 => break,
                some => jobs += some,
            }
        }
        self.store
            .put_value(CLEANED_AT, Some(&now.timestamp_micros().to_string()))
            .await?;
        tracing::info!(
            sessions = cleaned.sessions,
            request_keys = cleaned.request_keys,
            attempts = cleaned.attempts,
            calls,
            blobs,
            jobs,
            "cleaned up"
        );
        Ok(())
    }
}

/// Returns the last job of each kind: the outcome of earlier jobs says nothing about the current ticket.
fn last_of_each_kind(mut jobs: Vec<NewJob>) -> Vec<NewJob> {
    jobs.reverse();
    let mut kinds: Vec<&str> = Vec::new();
    jobs.retain(|job| {
        let is_new = !kinds.contains(&job.job.kind());
        kinds.push(job.job.kind());
        is_new
    });
    jobs.reverse();
    jobs
}

/// Makes the sweep's own job for a ticket, one per version.
fn swept_job(ticket: &Ticket, now: Timestamp) -> NewJob {
    let job = match ticket.is_read() {
        true => Job::Route { ticket: ticket.id },
        false => Job::Triage { ticket: ticket.id },
    };
    let key = JobKey::new(format!(
        "swept.{}.{}.{}",
        ticket.id,
        ticket.version,
        job.kind()
    ));
    let class = match ticket.origin {
        Some(_) => JobClass::Bulk,
        None => job.class(),
    };
    NewJob {
        class,
        requester: Some(ticket.requester),
        ..NewJob::new(key, job, now)
    }
}

/// Logs the failure of one ticket, which does not block the others.
fn log_failure(ticket: TicketId, outcome: Result<(), JobError>) {
    if let Err(error) = outcome {
        tracing::warn!(ticket.id = %ticket, error = %error, "the sweep could not look after a ticket");
    }
}
