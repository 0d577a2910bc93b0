//! Reads a ticket: by the models, or by the embedded analyzer if there are none or none of them answers.

use std::sync::Arc;

use super::{
    apply::Reading,
    ask::{AskOutcome, Question},
    embedded::FOLLOWED,
};
use crate::{
    backend::store::TicketWritten,
    desk::{Desk, DeskError, jobs::JobError, writes::MAX_TRIES},
    domain::{
        analysis::{TriageSource, text_hash},
        id::TicketId,
        skill::Skill,
        ticket::Ticket,
        time::{Span, Timestamp},
        triage::Offer,
    },
    failpoint,
};

/// The number of rounds without an answer after which the embedded analyzer reads a ticket in place of the models.
const MAX_ROUNDS: u32 = 3;
/// The number of runs without a reading, for any reason, after which a ticket is read without asking a model.
const MAX_RUNS: u32 = 6;

impl Desk {
    /// Reads a ticket and stores the result, unless this text was read already. `errors` is the number of earlier runs
    /// that ended without a reading.
    pub(in crate::desk) async fn triage_ticket(
        &self,
        id: TicketId,
        errors: u32,
    ) -> Result<(), JobError> {
        let ticket = self
            .store
            .ticket(id)
            .await?
            .ok_or(JobError::Obsolete("the ticket is not there"))?;
        if ticket.is_read() {
            return Ok(());
        }
        failpoint::hit("triage.before_read");
        let has_models = !self.models.chain.is_empty();
        let staff_skills = self.staff_skills().await?;
        let asked = match has_models {
            true if errors < MAX_RUNS => self.ask_about(&ticket, &staff_skills).await?,
            true => AskOutcome::Later(self.now()),
            false => AskOutcome::Never,
        };
        failpoint::hit("triage.answered");
        let reading = match asked {
            AskOutcome::Answered(reading) => reading,
            AskOutcome::Later(at) if errors + 1 < MAX_ROUNDS && self.has_patience(&ticket, at) => {
                return Err(JobError::Later(at));
            }
            AskOutcome::Busy(at) if errors + 1 < MAX_RUNS && self.has_patience(&ticket, at) => {
                return Err(JobError::Later(at));
            }
            AskOutcome::Later(at) | AskOutcome::Busy(at) => {
                // The job is enqueued before the reading is stored, so that a crash in between does not lose it.
                self.refine_later(&ticket, 0, at, pause_before(0)).await?;
                self.read_embedded_for_job(&ticket, &staff_skills, true)
                    .await?
            }
            AskOutcome::Never => {
                self.read_embedded_for_job(&ticket, &staff_skills, has_models)
                    .await?
            }
        };
        self.store_reading(ticket, &reading).await?;
        failpoint::hit("triage.stored");
        Ok(())
    }

    /// Reads a ticket without any model, if its job died of errors. Models are asked later.
    pub(in crate::desk) async fn triage_embedded(&self, ticket: Ticket) -> Result<(), JobError> {
        let has_models = !self.models.chain.is_empty();
        if has_models {
            let (at, pause) = (self.now(), pause_before(0));
            self.refine_later(&ticket, 0, at, pause).await?;
        }
        let staff_skills = self.staff_skills().await?;
        let reading = self
            .read_embedded_for_job(&ticket, &staff_skills, has_models)
            .await?;
        self.store_reading(ticket, &reading).await
    }

    /// Gives up reading a ticket whose job crashed the process: the title becomes the summary, and the rest of the text
    /// is not analyzed.
    pub(in crate::desk) async fn triage_unread(&self, ticket: Ticket) -> Result<(), JobError> {
        let reading = Reading::unread(&ticket);
        self.store_reading(ticket, &reading).await
    }

    /// Returns the ticket as it would be after a reading by the embedded analyzer. Nothing is written.
    pub(in crate::desk) async fn as_read_embedded(
        &self,
        ticket: &Ticket,
    ) -> Result<Ticket, DeskError> {
        self.refresh_index().await?;
        let staff_skills = self.skills_in_index()?;
        self.follow_learning_or_log(FOLLOWED).await?;
        let reading = self.read_embedded(ticket, &staff_skills, false).await?;
        let rules = self.triaging().await?;
        let next = reading.on(ticket, &rules.options, &rules.set.apply, self.now());
        Ok(next.ticket)
    }

    async fn read_embedded_for_job(
        &self,
        ticket: &Ticket,
        staff_skills: &[Skill],
        is_stand_in: bool,
    ) -> Result<Reading, DeskError> {
        self.follow_learning_for_job(FOLLOWED).await?;
        self.read_embedded(ticket, staff_skills, is_stand_in).await
    }

    /// Asks the models about a ticket.
    pub(super) async fn ask_about(
        &self,
        ticket: &Ticket,
        staff_skills: &[Skill],
    ) -> Result<AskOutcome<Reading>, DeskError> {
        let rules = self.triaging().await?;
        let question = Question {
            ticket,
            offer: Offer {
                options: &rules.options,
                staff_skills,
                extra: &self.extra_fields,
                texts: &self.prompt_texts,
            },
        };
        Ok(match self.ask_models(&question).await? {
            AskOutcome::Answered((analysis, id)) => AskOutcome::Answered(Reading {
                analysis,
                source: TriageSource::Model,
                model: Some(id.to_string()),
                is_stand_in: false,
            }),
            AskOutcome::Later(at) => AskOutcome::Later(at),
            AskOutcome::Busy(at) => AskOutcome::Busy(at),
            AskOutcome::Never => AskOutcome::Never,
        })
    }

    /// Returns whether a ticket may stay unread until this time.
    fn has_patience(&self, ticket: &Ticket, until: Timestamp) -> bool {
        let since = match ticket.triage {
            None => ticket.created_at,
            Some(_) => ticket.updated_at,
        };
        until <= since + self.settings.models.patience
    }

    /// Returns the skills of the active staff, for a job.
    pub(super) async fn staff_skills(&self) -> Result<Arc<[Skill]>, DeskError> {
        self.refresh_index_for_job().await?;
        self.skills_in_index()
    }

    pub(super) async fn store_reading(
        &self,
        mut ticket: Ticket,
        reading: &Reading,
    ) -> Result<(), JobError> {
        let rules = self.triaging().await?;
        let hash = text_hash(&ticket.title, &ticket.description);
        let replaces = what_it_replaces(&ticket);
        for _ in 0..MAX_TRIES {
            let next = reading.on(&ticket, &rules.options, &rules.set.apply, self.now());
            match self
                .write(&Self::itself(), &ticket, &next, None, None)
                .await?
            {
                TicketWritten::Written(_) => return Ok(()),
                TicketWritten::Stale | TicketWritten::SeatTaken | TicketWritten::UserGone => {}
                TicketWritten::Replayed(_) | TicketWritten::KeyReused => {
                    return Err(DeskError::Internal("a write without a key was replayed").into());
                }
            }
            ticket = self
                .store
                .ticket(ticket.id)
                .await?
                .ok_or(JobError::Obsolete("the ticket is not there"))?;
            // The text was changed, and its own job reads it, or a concurrent run stored a reading of this text.
            if text_hash(&ticket.title, &ticket.description) != hash
                || what_it_replaces(&ticket) != replaces
            {
                return Ok(());
            }
        }
        Err(DeskError::Overloaded.into())
    }
}

/// Returns the time of the current reading, and the number of rounds that staff requested.
fn what_it_replaces(ticket: &Ticket) -> Option<(Timestamp, u32)> {
    let triage = ticket.triage.as_ref()?;
    Some((triage.at, triage.round))
}

/// Returns the pause before the attempt with this number, from 0: a minute, doubled each time up to an hour.
pub(super) fn pause_before(attempt: u32) -> Span {
    Span::minutes(1) * 2_i32.pow(attempt.min(6)).min(60)
}
