//! Refining: asking the models once more about a ticket that the embedded analyser read in their place.

use super::{ask::Asked, read::pause_before};
use crate::{
    desk::{Desk, DeskError, jobs::JobError},
    domain::{
        id::TicketId,
        job::{Job, JobKey, NewJob},
        status::Status,
        ticket::Ticket,
        time::{Span, Timestamp},
        triage::TriageSource,
    },
};

/// For how long after its text was written a ticket is refined.
const REFINED_FOR: Span = Span::days(3);
/// A run that failed so often for other reasons than the models' is given up.
const MAX_ERRORS: u32 = 3;

impl Desk {
    /// Asks the models about a ticket that they did not read, and tries again later where none answers.
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
        if is_over || is_done || is_old || ticket.deleted_at.is_some() || errors >= MAX_ERRORS {
            return Ok(());
        }
        if !ticket.is_read() {
            // Its own job is on the way.
            return Ok(self.refine_later(&ticket, attempt + 1, self.now()).await?);
        }
        let staff_skills = self.staff_skills().await?;
        match self.ask_about(&ticket, &staff_skills).await? {
            Asked::Answered(reading) => self.store_reading(ticket, &reading).await,
            Asked::Later(at) => Ok(self.refine_later(&ticket, attempt + 1, at).await?),
            Asked::Never => Ok(()),
        }
    }

    /// Has the models asked again, not before this moment. The further attempts spread, so that a provider that comes
    /// back is not met by all at once.
    pub(super) async fn refine_later(
        &self,
        ticket: &Ticket,
        attempt: u32,
        at: Timestamp,
    ) -> Result<(), DeskError> {
        let pause = pause_before(attempt);
        let [a, b] = self.random_bytes::<2>();
        let share = i32::from(u16::from_le_bytes([a, b]));
        let spread = pause * share / i32::from(u16::MAX);
        let round = ticket.triage.as_ref().map_or(0, |triage| triage.round);
        let text = crate::domain::triage::text_hash(&ticket.title, &ticket.description);
        let job = NewJob {
            key: JobKey::new(format!(
                "refine.{}.{}.{round}.{attempt}",
                ticket.id,
                &text[..16]
            )),
            job: Job::Refine {
                ticket: ticket.id,
                attempt,
            },
            run_at: at.max(self.now() + pause / 2) + spread / 2,
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
