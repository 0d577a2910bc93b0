//! The sweep: finds what was left behind, whatever the reason, and cleans up once a day.

use crate::{
    desk::{Desk, DeskError, jobs::JobError},
    domain::{
        consequences::consequences,
        id::TicketId,
        job::{DeathCause, Job, JobKey, NewJob},
        throttle,
        ticket::Ticket,
        time::{Span, Timestamp, from_micros},
    },
};

/// What one sweep did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Swept {
    /// How many tickets were looked at because somebody can't keep them.
    pub handed_back: usize,
    /// How many tickets were looked at because nobody had settled them.
    pub unsettled: usize,
    /// When the next sweep is due.
    pub next_due: Timestamp,
}

/// How many tickets of each sort one sweep looks at.
const BATCH: u32 = 100;
/// How many of a ticket's events are looked at for its jobs.
const EVENTS: u32 = 100;
/// After this many times the grace a ticket counts as stranded.
const STRANDED: i32 = 20;
/// Cleaning up is due this often.
const CLEAN_EVERY: Span = Span::days(1);
/// A request's key is kept for so long at least.
const KEEP_KEYS: Span = Span::days(1);
/// The key of a job that ended is kept for so long.
const KEEP_JOBS: Span = Span::days(30);
/// Under what name the store keeps when it was cleaned up last.
const CLEANED_AT: &str = "cleaned_at";

impl Desk {
    /// Sweeps once.
    ///
    /// # Errors
    /// Those of store and queue. Calling again is safe.
    pub async fn sweep(&self) -> Result<Swept, JobError> {
        let now = self.now();
        // The store looks for those before a moment, and the limit itself is one too many.
        let away_before = now - self.settings.away_limit + Span::microseconds(1);
        let overdue = self.store.to_hand_back(away_before, BATCH).await?;
        let handed_back = overdue.len();
        let mut free = Vec::new();
        for ticket in overdue {
            let id = ticket.id;
            match self.hand_back_if_due(ticket).await {
                Ok(ticket) => free.extend(ticket),
                Err(error) => log_failure(id, Err(error)),
            }
        }
        if !free.is_empty() {
            self.serve(&free).await?;
        }
        self.turn_shifts(now).await?;
        self.walk_if_due().await?;
        if self.rules().await?.policy().hand_over {
            self.refresh_index().await?;
            for person in self.ask_index(|index| index.absent_with_tickets())? {
                self.hand_over_from(person).await?;
            }
        }
        self.escalate(now).await?;
        let stuck = self
            .store
            .unsettled(now - self.settings.settle_grace, BATCH)
            .await?;
        let unsettled = stuck.len();
        for ticket in stuck {
            let id = ticket.id;
            log_failure(id, self.settle(ticket).await);
        }
        self.serve(&[]).await?;
        self.clean_if_due(now).await?;
        Ok(Swept {
            handed_back,
            unsettled,
            next_due: now + self.settings.sweep_every,
        })
    }

    /// Looks why a ticket is not settled. A job that still waits is left alone, one that got lost is enqueued again,
    /// and for one that died the sweep does the work. A ticket that stays unsettled for long although its jobs are
    /// neither dead nor to be seen gets one of another key: they ended without doing their work.
    async fn settle(&self, ticket: Ticket) -> Result<(), JobError> {
        let mut jobs = self.settling_jobs(&ticket).await?;
        let now = self.now();
        if ticket.updated_at < now - self.settings.settle_grace * STRANDED {
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

    /// The jobs by which this ticket would have been settled.
    async fn settling_jobs(&self, ticket: &Ticket) -> Result<Vec<NewJob>, JobError> {
        let mut jobs = Vec::new();
        let mut after = 0;
        loop {
            let page = self.store.ticket_events(ticket.id, after, EVENTS).await?;
            let settling = |job: &NewJob| matches!(job.job, Job::Triage { .. } | Job::Route { .. });
            let of_page = page.items.iter().filter_map(consequences).flatten();
            jobs.extend(of_page.filter(settling));
            match page.items.last() {
                Some(last) if page.more => after = last.seq,
                _ => return Ok(jobs),
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
        if last.is_some_and(|last| now < last + CLEAN_EVERY) {
            return Ok(());
        }
        let idle_before = now - self.settings.session_idle - crate::domain::session::TOUCH_EVERY;
        let cleaned = self
            .store
            .clean(now, idle_before, now - KEEP_KEYS, now - throttle::WINDOW)
            .await?;
        let jobs = self
            .queue
            .clean(now - KEEP_JOBS)
            .await
            .map_err(DeskError::from)?;
        self.store
            .put_value(CLEANED_AT, Some(&now.timestamp_micros().to_string()))
            .await?;
        tracing::info!(
            sessions = cleaned.sessions,
            request_keys = cleaned.request_keys,
            throttles = cleaned.throttles,
            jobs,
            "cleaned up"
        );
        Ok(())
    }
}

/// A job of the sweep's own for a ticket: one a version.
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
    NewJob {
        key,
        job,
        run_at: now,
    }
}

/// One ticket's failure keeps the sweep from no other.
fn log_failure(ticket: TicketId, outcome: Result<(), JobError>) {
    if let Err(error) = outcome {
        tracing::warn!(ticket.id = %ticket, error = %error, "the sweep could not look after a ticket");
    }
}
