//! Asks the models of the chain about a ticket, one after another, until one returns a readable answer.

use std::sync::Arc;

use super::{
    check_answer::{AnswerCheck, NextStep},
    models::Slot,
};
use crate::{
    backend::llm::{Llm, ModelId, Prompt},
    desk::{Desk, DeskError},
    domain::{
        analysis::{Analysis, text_hash},
        digest::sha256_hex,
        id::CallId,
        models::{CallEnd, CallOutcome, ModelCall, Task, Usage},
        skill::Vocabulary,
        ticket::Ticket,
        time::{Span, Timestamp},
        triage::{Offer, TicketText, build_prompt, read_answer},
    },
};

/// The maximum number of successive calls to one model: a second one is made if its answer may be better.
const MAX_ASKED: u32 = 2;
/// The time after which a run asks no further question, so that it ends well before the engine's timeout.
const ENOUGH: Span = Span::seconds(25);
/// The delay of a retry if the maximum number of concurrent questions is reached.
const BUSY_WAIT: Span = Span::seconds(2);
/// The delay of a retry if the budget is used up: finished calls release what they reserved and did not use, and the
/// next day has a new budget.
const BUDGET_WAIT: Span = Span::minutes(10);
/// The minimum number of characters per token in a question, so that the reservation is rather too high than too low.
const CHARS_A_TOKEN: usize = 3;

/// The outcome of asking the models.
pub(super) enum AskOutcome<T> {
    /// A model answered.
    Answered(T),
    /// No model answered; one may from this time on.
    Later(Timestamp),
    /// No model was asked, since the maximum number of questions is running; a slot may be free from this time on.
    Busy(Timestamp),
    /// No model will ever answer this question.
    Never,
}

/// The outcome of asking one model.
enum Turn {
    Answered(Box<Analysis>),
    /// The model can't answer now, but may from this time on. Other models may be asked.
    Later(Timestamp),
    /// The maximum number of concurrent questions to all models together is reached.
    Busy,
    /// The remaining budget of the day is too small for this question, for any model.
    OverBudget,
    /// This model can't answer questions about this ticket.
    Never,
}

/// A question about a ticket.
pub(super) struct Question<'a> {
    pub(super) ticket: &'a Ticket,
    pub(super) offer: Offer<'a>,
}

impl Desk {
    /// Asks the models in order. The call does not wait for a model that can't answer now; the caller asks again later.
    pub(super) async fn ask_models(
        &self,
        question: &Question<'_>,
    ) -> Result<AskOutcome<(Analysis, ModelId)>, DeskError> {
        let mut later: Option<Timestamp> = None;
        let enough = self.now() + ENOUGH;
        for (place, llm) in self.models.chain.iter().enumerate() {
            if self.now() >= enough {
                later = later.or(Some(enough));
                break;
            }
            match self
                .ask_model(place, llm.as_ref(), question, enough)
                .await?
            {
                Turn::Answered(analysis) => {
                    return Ok(AskOutcome::Answered((*analysis, llm.identity())));
                }
                Turn::Later(at) => later = Some(later.map_or(at, |other| other.min(at))),
                Turn::Busy => return Ok(AskOutcome::Busy(self.now() + BUSY_WAIT)),
                Turn::OverBudget => {
                    later = later.max(Some(self.now() + BUDGET_WAIT));
                    break;
                }
                Turn::Never => {}
            }
        }
        Ok(later.map_or(AskOutcome::Never, AskOutcome::Later))
    }

    async fn ask_model(
        &self,
        place: usize,
        llm: &dyn Llm,
        question: &Question<'_>,
        enough: Timestamp,
    ) -> Result<Turn, DeskError> {
        let before = self.vocabulary().await?;
        let text = TicketText::new(&question.ticket.title, &question.ticket.description);
        let mut prompt = build_prompt(&question.offer, &text, &self.nonce());
        let id = llm.identity();
        let key = call_key(question.ticket, &prompt, &id);
        if let Some(turn) = self.answered_before(&key, question, &before, &id).await? {
            return Ok(turn);
        }
        for asked in 1..=MAX_ASKED {
            let (now, most) = (self.now(), self.settings.models.concurrency);
            let mut slot = match self.models.slot(place, most, &self.clock, now) {
                Slot::Free(slot) => slot,
                Slot::Resting(until) => return Ok(Turn::Later(until)),
                Slot::Busy => return Ok(Turn::Busy),
            };
            let mut call = self.new_call(question.ticket, &prompt, &id, &key, now);
            let (budget, day) = (&self.settings.models.budget, now.date_naive());
            match self.store.begin_call(&call, budget, day).await {
                Ok(true) => {}
                Ok(false) => {
                    slot.unused();
                    return Ok(Turn::OverBudget);
                }
                Err(error) => {
                    slot.unused();
                    return Err(error.into());
                }
            }
            slot.is_asked();
            let answer = llm.complete(&prompt).await;
            // Reads the answer with the vocabulary that is current after the call, which may have taken long. If it
            // can't be loaded, the earlier one is used, so that a paid answer is not lost.
            let vocabulary = self.vocabulary().await.unwrap_or(Arc::clone(&before));
            let after = self.now();
            let check = AnswerCheck {
                question,
                vocabulary: &vocabulary,
                now: after,
                took: after - now,
                may_ask_again: asked < MAX_ASKED && after < enough,
                is_first: asked == 1,
            };
            let checked = check.check(&mut slot, answer);
            drop(slot);
            call.end = Some(checked.end);
            self.note_end(&call).await;
            match checked.then {
                NextStep::Read(analysis) => return Ok(Turn::Answered(analysis)),
                NextStep::Later(at) => return Ok(Turn::Later(at)),
                NextStep::Never => return Ok(Turn::Never),
                NextStep::AskAgain { longer } => {
                    prompt = build_prompt(&question.offer, &text, &self.nonce());
                    if longer {
                        prompt.max_output_tokens *= 2;
                    }
                }
            }
        }
        Ok(Turn::Never)
    }

    /// Returns the next step of the stored answer to this question; `None` if there is none. An unreadable stored
    /// answer was final.
    async fn answered_before(
        &self,
        key: &str,
        question: &Question<'_>,
        vocabulary: &Vocabulary,
        id: &ModelId,
    ) -> Result<Option<Turn>, DeskError> {
        let Some(before) = self.store.answered_call(key).await? else {
            return Ok(None);
        };
        let answer = before.end.and_then(|end| end.answer).unwrap_or_default();
        let Ok(analysis) = read_answer(&question.offer, vocabulary, &answer) else {
            return Ok(Some(Turn::Never));
        };
        let now = self.now();
        let call = ModelCall {
            id: CallId::new(now, self.random_bytes()),
            task: Task::Triage,
            ticket: Some(question.ticket.id),
            provider: id.provider.clone(),
            model: id.model.clone(),
            key: key.to_owned(),
            begun_at: now,
            reserved_tokens: 0,
            end: Some(CallEnd {
                outcome: CallOutcome::Answered,
                usage: Usage::default(),
                micros: 0,
                cache_hit: true,
                answer: None,
            }),
        };
        let (budget, day) = (&self.settings.models.budget, now.date_naive());
        self.store.begin_call(&call, budget, day).await?;
        log(&call);
        Ok(Some(Turn::Answered(Box::new(analysis))))
    }

    /// Records the end of a call. If that fails, the reserved amount stays spent.
    async fn note_end(&self, call: &ModelCall) {
        log(call);
        if let Err(error) = self.store.end_call(call).await {
            tracing::warn!(call.id = %call.id, error = %error, "the end of a model's call could not be noted");
        }
    }

    fn new_call(
        &self,
        ticket: &Ticket,
        prompt: &Prompt,
        id: &ModelId,
        key: &str,
        now: Timestamp,
    ) -> ModelCall {
        let chars = prompt.system.chars().count()
            + prompt.user.chars().count()
            + prompt.schema.to_string().len();
        let tokens = u64::try_from(chars.div_ceil(CHARS_A_TOKEN)).unwrap_or(u64::MAX);
        ModelCall {
            id: CallId::new(now, self.random_bytes()),
            task: Task::Triage,
            ticket: Some(ticket.id),
            provider: id.provider.clone(),
            model: id.model.clone(),
            key: key.to_owned(),
            begun_at: now,
            reserved_tokens: tokens.saturating_add(prompt.max_output_tokens.into()),
            end: None,
        }
    }

    fn nonce(&self) -> String {
        let bytes = self.random_bytes::<8>();
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

/// Returns the key of a stored answer: the same text of the same ticket, the same prompt and attempt, and the same
/// model.
fn call_key(ticket: &Ticket, prompt: &Prompt, id: &ModelId) -> String {
    let text = text_hash(&ticket.title, &ticket.description);
    let round = ticket.triage.as_ref().map_or(0, |triage| triage.round);
    let (ticket, version) = (ticket.id, prompt.version());
    sha256_hex(format!("{ticket}\0{text}\0{round}\0{version}\0{id}").as_bytes())
}

/// Logs a call on one line, without question, answer and API key.
fn log(call: &ModelCall) {
    let Some(end) = &call.end else { return };
    tracing::info!(
        operation = call.task.as_str(),
        provider = call.provider,
        model = call.model,
        ticket.id = call.ticket.map(|id| id.to_string()),
        prompt_tokens = end.usage.prompt_tokens,
        cached_tokens = end.usage.cached_tokens,
        output_tokens = end.usage.output_tokens,
        cache_hit = end.cache_hit,
        latency_ms = end.micros / 1_000,
        outcome = end.outcome.as_str(),
        "a model was asked"
    );
}
