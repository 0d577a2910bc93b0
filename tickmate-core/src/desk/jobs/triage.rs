//! Reading a ticket: by the model if there is one, by the embedded analyser if not or if it fails.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::{
    backend::store::TicketWritten,
    desk::{Desk, DeskError, jobs::JobError, writes::MAX_TRIES},
    domain::{
        event::EventKind,
        id::TicketId,
        lifecycle::Next,
        seat::SeatMove,
        skill::Skill,
        ticket::Ticket,
        time::Timestamp,
        triage::{self, Analysis, Suggestions, TicketText, Triage, TriageSource},
    },
    failpoint,
};

/// How often the model is asked about one ticket before the embedded analyser answers instead.
const MODEL_TRIES: u32 = 2;

/// An analysis, and who made it.
struct Reading {
    analysis: Analysis,
    source: TriageSource,
    model: Option<String>,
}

impl Desk {
    /// Reads a ticket and stores what it finds, unless this text was read already.
    pub(super) async fn triage(&self, id: TicketId, errors: u32) -> Result<(), JobError> {
        let ticket = self
            .store
            .ticket(id)
            .await?
            .ok_or(JobError::Senseless("the ticket is not there"))?;
        if ticket.is_read() {
            return Ok(());
        }
        failpoint::hit("triage.before_read");
        let staff_skills = self.staff_skills().await?;
        // A model that made the job panic or hang twice is not asked a third time.
        let answer = match errors < MODEL_TRIES {
            true => self.ask_model(&ticket, &staff_skills).await?,
            false => None,
        };
        let reading = match answer {
            Some(reading) => reading,
            None => self.read_embedded(&ticket, &staff_skills).await?,
        };
        failpoint::hit("triage.answered");
        self.store_reading(ticket, &reading).await?;
        failpoint::hit("triage.stored");
        Ok(())
    }

    /// Reads a ticket without any model, where its job died of errors.
    pub(super) async fn triage_embedded(&self, ticket: Ticket) -> Result<(), JobError> {
        let staff_skills = self.staff_skills().await?;
        let reading = self.read_embedded(&ticket, &staff_skills).await?;
        self.store_reading(ticket, &reading).await
    }

    /// Gives up reading a ticket, where its job killed the process: the title is the summary, and nothing else
    /// of the text is looked at.
    pub(super) async fn triage_unread(&self, ticket: Ticket) -> Result<(), JobError> {
        let reading = unread(&ticket);
        self.store_reading(ticket, &reading).await
    }

    /// A ticket as it would be once the embedded analyser has read it. Nothing is written.
    pub(in crate::desk) async fn as_read_embedded(
        &self,
        ticket: &Ticket,
    ) -> Result<Ticket, DeskError> {
        let staff_skills = self.staff_skills().await?;
        let reading = self.read_embedded(ticket, &staff_skills).await?;
        Ok(apply(ticket, &reading, self.now()).ticket)
    }

    /// What the embedded analyser makes of it. Should a text make it panic, the ticket counts as unread: no text
    /// may end the sweep.
    async fn read_embedded(
        &self,
        ticket: &Ticket,
        staff_skills: &[Skill],
    ) -> Result<Reading, DeskError> {
        let vocabulary = self.vocabulary().await?;
        let read = || {
            triage::analyse(
                &self.lexicon,
                &vocabulary,
                staff_skills,
                &ticket.title,
                &ticket.description,
            )
        };
        Ok(match catch_unwind(AssertUnwindSafe(read)) {
            Ok(analysis) => Reading {
                analysis,
                source: TriageSource::Embedded,
                model: None,
            },
            Err(_panic) => {
                tracing::error!(ticket.id = %ticket.id, "the embedded analyser panicked");
                unread(ticket)
            }
        })
    }

    /// What the model makes of it; none without a model, and where it failed in whatever way.
    async fn ask_model(
        &self,
        ticket: &Ticket,
        staff_skills: &[Skill],
    ) -> Result<Option<Reading>, DeskError> {
        let Some(llm) = self.llm.as_ref() else {
            return Ok(None);
        };
        let nonce: String = self
            .random_bytes::<8>()
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        let text = TicketText::new(&ticket.title, &ticket.description);
        let options = triage::TriageRules::default().options(&self.lexicon);
        let offer = triage::Offer {
            options: &options,
            staff_skills,
            extra: &[],
            texts: &triage::PromptTexts::default(),
        };
        let prompt = triage::build_prompt(&offer, &text, &nonce);
        let answer = match llm.complete(&prompt).await {
            Ok(completion) => completion,
            Err(error) => {
                tracing::warn!(ticket.id = %ticket.id, error = %error, transient = error.is_transient(), "the model did not answer; the embedded analyser does");
                return Ok(None);
            }
        };
        // The dictionary as it is after the answer, which may have taken its time.
        let vocabulary = self.vocabulary().await?;
        let read = triage::read_answer(&offer, &vocabulary, &answer.text);
        Ok(match read {
            Ok(analysis) => Some(Reading {
                analysis,
                source: TriageSource::Model,
                model: Some(answer.model),
            }),
            Err(error) => {
                tracing::warn!(ticket.id = %ticket.id, error = %error, "the model's answer can't be read; the embedded analyser reads the ticket");
                None
            }
        })
    }

    async fn staff_skills(&self) -> Result<Vec<Skill>, DeskError> {
        let skills = self.store.staff_skills().await?;
        Ok(self.rules().await?.held(&skills))
    }

    async fn store_reading(&self, mut ticket: Ticket, reading: &Reading) -> Result<(), JobError> {
        let hash = triage::text_hash(&ticket.title, &ticket.description);
        for _ in 0..MAX_TRIES {
            let next = apply(&ticket, reading, self.now());
            match self
                .write(&Self::itself(), &ticket, &next, None, None)
                .await?
            {
                TicketWritten::Written(_) => return Ok(()),
                TicketWritten::Stale | TicketWritten::SeatTaken | TicketWritten::PersonGone => {}
                TicketWritten::Replayed(_) | TicketWritten::KeyReused => {
                    return Err(DeskError::Internal("a write without a key was replayed").into());
                }
            }
            ticket = self
                .store
                .ticket(ticket.id)
                .await?
                .ok_or(JobError::Senseless("the ticket is not there"))?;
            // Another text was written meanwhile: its own job reads it.
            if triage::text_hash(&ticket.title, &ticket.description) != hash || ticket.is_read() {
                return Ok(());
            }
        }
        Err(DeskError::Overloaded.into())
    }
}

/// The title as the summary, and nothing else.
fn unread(ticket: &Ticket) -> Reading {
    let analysis = Analysis {
        summary: ticket.title.clone(),
        ..Analysis::default()
    };
    Reading {
        analysis,
        source: TriageSource::Unread,
        model: None,
    }
}

/// Puts a reading into a ticket. What a human set stays, and the reading's own value is kept as a suggestion.
fn apply(ticket: &Ticket, reading: &Reading, now: Timestamp) -> Next {
    let Analysis {
        summary,
        category,
        priority,
        skills,
        suggested_skills,
        notes,
        first_steps,
        confidence,
        ..
    } = reading.analysis.clone();
    let mut after = ticket.clone();
    let mut suggestions = Suggestions {
        skills: suggested_skills,
        ..Suggestions::default()
    };
    let human = ticket.set_by_human;
    match category {
        Some(category) if human.category => {
            suggestions.category = Some(category).filter(|found| *found != ticket.category)
        }
        Some(category) => after.category = category,
        None => {}
    }
    match priority {
        Some(priority) if human.priority => {
            suggestions.priority = Some(priority).filter(|found| *found != ticket.priority)
        }
        Some(priority) => after.priority = priority,
        None => {}
    }
    if human.skills {
        let left_out = skills
            .into_iter()
            .filter(|skill| !Skill::has(&ticket.required_skills, &skill.id));
        suggestions.skills.extend(left_out.map(|skill| skill.name));
    } else {
        after.required_skills = skills;
    }
    after.triage = Some(Triage {
        summary,
        notes,
        first_steps,
        sentiment: None,
        complexity: None,
        tags: vec![],
        extra: Default::default(),
        found: Default::default(),
        needs_review: false,
        outdated: false,
        round: 0,
        source: reading.source,
        model: reading.model.clone(),
        confidence,
        suggestions,
        text_hash: triage::text_hash(&ticket.title, &ticket.description),
        at: now,
    });
    Next::new(ticket, after, SeatMove::Keep, EventKind::Triaged, now)
}
