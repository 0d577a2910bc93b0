//! Refinement: asks the models again about a ticket that the embedded analyzer read in their place.

use super::{ask::AskOutcome, read::pause_before};
use crate::{
    desk::{Desk, DeskError, jobs::JobError},
    domain::{
        analysis::TriageSource,
        id::TicketId,
        job::{Job, JobKey, NewJob},
        status::Status,
        ticket::Ticket,
        time::{Span, Timestamp},
    },
};

/// How long after its text was written a ticket is refined.
const REFINED_FOR: Span = Span::days(3);
/// The number of failures for reasons other than the models after which a run is postponed.
const MAX_ERRORS: u32 = 3;
/// The delay of a retry if the maximum number of concurrent questions is reached.
const BUSY_PAUSE: Span = Span::minutes(1);

impl Desk {
    /// Asks the models about a ticket that they did not read, and tries again later if none answers.
    pub(in crate::desk) async fn refine(
        &self,
        id: TicketId,
        attempt: u32,
        errors: u32,
    ) -> Result<(), JobError> {
        let Some(ticket) = self.store.ticket(id).await? else {
            return Ok(());
        };
        let is_over = matches!(ticket.status, Status::Resolved | Status::Closed);
        let is_done = ticket
            .triage
            .as_ref()
            .is_some_and(|triage| triage.source == TriageSource::Model && ticket.is_read());
        let is_old = self.now() > ticket.created_at.max(read_at(&ticket)) + REFINED_FOR;
        if is_over || is_done || is_old || ticket.deleted_at.is_some() {
            return Ok(());
        }
        let next = attempt.saturating_add(1);
        // A ticket that is not read has its own pending job.
        if !ticket.is_read() || errors >= MAX_ERRORS {
            let (at, pause) = (self.now(), pause_before(next));
            return Ok(self.refine_later(&ticket, next, at, pause).await?);
        }
        let staff_skills = self.staff_skills().await?;
        let (at, pause) = match self.ask_about(&ticket, &staff_skills).await? {
            AskOutcome::Answered(reading) => return self.store_reading(ticket, &reading).await,
            AskOutcome::Never => return Ok(()),
            AskOutcome::Later(at) => (at, pause_before(next)),
            AskOutcome::Busy(at) => (at, BUSY_PAUSE),
        };
        Ok(self.refine_later(&ticket, next, at, pause).await?)
    }

    /// Enqueues another refinement, not before this time, after a random pause of half to all of this length. The
    /// pauses are spread, so that a provider that recovers does not receive all questions at once.
    pub(super) async fn refine_later(
        &self,
        ticket: &Ticket,
        attempt: u32,
        at: Timestamp,
        pause: Span,
    ) -> Result<(), DeskError> {
        let [a, b] = self.random_bytes::<2>();
        let share = i32::from(u16::from_le_bytes([a, b]));
        let spread = pause * share / i32::from(u16::MAX);
        // The key contains the time of the reading, so that a repeated run enqueues the same job.
        let since = read_at(ticket).timestamp_micros();
        let refine = Job::Refine {
            ticket: ticket.id,
            attempt,
        };
        let key = JobKey::new(format!("refine.{}.{since}.{attempt}", ticket.id));
        let run_at = at.max(self.now() + pause / 2) + spread / 2;
        let job = NewJob {
            requester: Some(ticket.requester),
            ..NewJob::new(key, refine, run_at)
        };
        Ok(self.queue.enqueue(&[job]).await?)
    }
}

fn read_at(ticket: &Ticket) -> Timestamp {
    ticket
        .triage
        .as_ref()
        .map_or(ticket.created_at, |triage| triage.at)
}
