//! Asking the models of the chain about a ticket, one after another, until one gives an answer that can be read.

use super::models::{Slot, UnderWay};
use crate::{
    backend::llm::{Completion, Llm, LlmError, ModelId, Prompt, StopReason},
    desk::{Desk, DeskError},
    domain::{
        digest::sha256_hex,
        id::CallId,
        models::{CallEnd, CallOutcome, ModelCall, Task, Usage},
        ticket::Ticket,
        time::{Span, Timestamp},
        triage::{
            self, Analysis, AnswerError, MAX_ANSWER, Offer, TicketText, build_prompt, read_answer,
        },
    },
};

/// After so long no further question is asked in the same run, so that it ends well before an engine loses patience.
const ENOUGH: Span = Span::seconds(25);
/// How often one model is asked in a row: once more where the next answer may well be better.
const MAX_ASKED: u32 = 2;
/// When to look again for a place among the questions that are under way.
const BUSY_WAIT: Span = Span::seconds(2);
/// When a provider that did not answer is asked again where it doesn't say, at the earliest.
const SHORT_WAIT: Span = Span::seconds(2);
/// For how long a provider is left alone whose quota or credit is used up, unless it says so itself.
const EXHAUSTED_WAIT: Span = Span::hours(1);
/// For how long a provider is left alone whose settings are wrong: somebody must act first.
const MISCONFIGURED_WAIT: Span = Span::minutes(10);
/// Characters of a question that make a token, at the least: what is reserved is rather too much.
const CHARS_A_TOKEN: usize = 3;

/// What came of asking.
pub(super) enum Asked<T> {
    /// A model answered.
    Answered(T),
    /// Nobody answered; somebody may from this moment on.
    Later(Timestamp),
    /// Nobody will ever answer this.
    Never,
}

/// What came of asking one model.
enum Turn {
    Answered(Box<Analysis>),
    /// Not now, but perhaps from this moment on. Others may be asked.
    Later(Timestamp),
    /// The budget of the day is used up, for all models.
    OverBudget,
    /// Not this model, not about this ticket.
    Never,
}

/// A question about a ticket.
pub(super) struct Question<'a> {
    pub(super) ticket: &'a Ticket,
    pub(super) offer: Offer<'a>,
}

impl Desk {
    /// Asks the models in turn. None of them is waited for: who can't answer now is asked again by whoever calls.
    pub(super) async fn ask_models(
        &self,
        question: &Question<'_>,
    ) -> Result<Asked<(Analysis, ModelId)>, DeskError> {
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
                    return Ok(Asked::Answered((*analysis, llm.identity())));
                }
                Turn::Later(at) => later = Some(later.map_or(at, |other| other.min(at))),
                Turn::OverBudget => {
                    later = later.max(Some(next_day(self.now())));
                    break;
                }
                Turn::Never => {}
            }
        }
        Ok(later.map_or(Asked::Never, Asked::Later))
    }

    async fn ask_model(
        &self,
        place: usize,
        llm: &dyn Llm,
        question: &Question<'_>,
        enough: Timestamp,
    ) -> Result<Turn, DeskError> {
        let text = TicketText::new(&question.ticket.title, &question.ticket.description);
        let mut prompt = build_prompt(&question.offer, &text, &self.nonce());
        let id = llm.identity();
        let key = call_key(question.ticket, &prompt, &id);
        if let Some(analysis) = self.answered_before(&key, question, &id).await? {
            return Ok(Turn::Answered(analysis));
        }
        for asked in 1..=MAX_ASKED {
            let (now, most) = (self.now(), self.settings.models.concurrency);
            let mut slot = match self.models.slot(place, most, &self.clock, now) {
                Slot::Free(slot) => slot,
                Slot::Resting(until) => return Ok(Turn::Later(until)),
                Slot::Busy => return Ok(Turn::Later(now + BUSY_WAIT)),
            };
            let mut call = self.new_call(question.ticket, &prompt, &id, &key, now);
            let (budget, since) = (&self.settings.models.budget, day_of(now));
            match self.store.begin_call(&call, budget, since).await {
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
            let answer = llm.complete(&prompt).await;
            let may_ask_again = asked < MAX_ASKED && self.now() < enough;
            let judged = self.judge(&mut slot, question, answer, may_ask_again);
            let (end, turn) = judged.await?;
            drop(slot);
            call.end = Some(end);
            self.note_end(&call).await;
            match turn {
                Judged::Done(turn) => return Ok(turn),
                Judged::AskAgain { longer } => {
                    prompt = build_prompt(&question.offer, &text, &self.nonce());
                    if longer {
                        prompt.max_output_tokens *= 2;
                    }
                }
            }
        }
        Ok(Turn::Never)
    }

    /// The answer to this question that the store has, if it has one that can be read.
    async fn answered_before(
        &self,
        key: &str,
        question: &Question<'_>,
        id: &ModelId,
    ) -> Result<Option<Box<Analysis>>, DeskError> {
        let Some(before) = self.store.answered_call(key).await? else {
            return Ok(None);
        };
        let answer = before.end.and_then(|end| end.answer).unwrap_or_default();
        let vocabulary = self.vocabulary().await?;
        let Ok(analysis) = read_answer(&question.offer, &vocabulary, &answer) else {
            return Ok(None);
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
        let (budget, since) = (&self.settings.models.budget, day_of(now));
        self.store.begin_call(&call, budget, since).await?;
        log(&call);
        Ok(Some(Box::new(analysis)))
    }

    /// What an answer comes to, for the log, for the provider's breaker and for the ticket.
    async fn judge(
        &self,
        slot: &mut UnderWay<'_>,
        question: &Question<'_>,
        answer: Result<Completion, LlmError>,
        may_ask_again: bool,
    ) -> Result<(CallEnd, Judged), DeskError> {
        let now = self.now();
        let completion = match answer {
            Ok(completion) => completion,
            Err(error) => {
                let (outcome, turn) = judge_error(slot, &error, now);
                tracing::warn!(ticket.id = %question.ticket.id, error = %chain(&error), "a model did not answer");
                return Ok((ended(outcome, Usage::default(), 0), Judged::Done(turn)));
            }
        };
        slot.answered();
        let micros = u64::try_from(completion.latency.as_micros()).unwrap_or(u64::MAX);
        let end = |outcome| ended(outcome, completion.usage, micros);
        let again = |longer, otherwise| match may_ask_again {
            true => Judged::AskAgain { longer },
            false => Judged::Done(otherwise),
        };
        if completion.stop == StopReason::Blocked {
            return Ok((end(CallOutcome::Blocked), Judged::Done(Turn::Never)));
        }
        // The dictionary as it is after the answer, which may have taken its time.
        let vocabulary = self.vocabulary().await?;
        let read = read_answer(&question.offer, &vocabulary, &completion.text);
        Ok(match (completion.stop, read) {
            (StopReason::Length, _) if may_ask_again => {
                (end(CallOutcome::Truncated), again(true, Turn::Never))
            }
            // What can be read of an answer that was cut twice is better than none.
            (_, Ok(analysis)) => {
                let mut end = end(CallOutcome::Answered);
                end.answer = Some(completion.text).filter(|text| text.len() <= MAX_ANSWER);
                (end, Judged::Done(Turn::Answered(Box::new(analysis))))
            }
            (stop, Err(error)) => {
                tracing::warn!(ticket.id = %question.ticket.id, error = %error, "a model's answer can't be read");
                let outcome = match (stop, error) {
                    (StopReason::Length, _) => CallOutcome::Truncated,
                    (StopReason::Other, _) => CallOutcome::Stopped,
                    (_, AnswerError::TooLong | AnswerError::NotJson | AnswerError::Nothing) => {
                        CallOutcome::Unreadable
                    }
                };
                (end(outcome), again(stop == StopReason::Length, Turn::Never))
            }
        })
    }

    /// Notes how a call ended. Should that fail, what it reserved stays spent.
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

/// What follows from an answer.
enum Judged {
    Done(Turn),
    /// The same model may do better at once, with room for a longer answer or not.
    AskAgain {
        longer: bool,
    },
}

fn judge_error(slot: &mut UnderWay<'_>, error: &LlmError, now: Timestamp) -> (CallOutcome, Turn) {
    let asked = error
        .retry_after()
        .and_then(|wait| Span::from_std(wait).ok());
    match error {
        LlmError::Unavailable { .. } => {
            slot.failed(now, asked);
            let wait = asked.unwrap_or(SHORT_WAIT);
            (CallOutcome::Unavailable, Turn::Later(now + wait))
        }
        LlmError::Exhausted { .. } => {
            let wait = asked.map_or(EXHAUSTED_WAIT, |wait| wait.max(EXHAUSTED_WAIT));
            slot.rest(now, wait);
            (CallOutcome::Exhausted, Turn::Later(now + wait))
        }
        LlmError::Misconfigured(_) => {
            slot.rest(now, MISCONFIGURED_WAIT);
            let at = now + MISCONFIGURED_WAIT;
            (CallOutcome::Misconfigured, Turn::Later(at))
        }
        LlmError::Rejected(_) => {
            slot.answered();
            (CallOutcome::Rejected, Turn::Never)
        }
        LlmError::Garbled(_) => {
            slot.failed(now, None);
            (CallOutcome::Garbled, Turn::Later(now + SHORT_WAIT))
        }
    }
}

const fn ended(outcome: CallOutcome, usage: Usage, micros: u64) -> CallEnd {
    CallEnd {
        outcome,
        usage,
        micros,
        cache_hit: false,
        answer: None,
    }
}

/// What an answer is found again by: the same text of the same ticket, asked in the same words for the same time, of the
/// same model.
fn call_key(ticket: &Ticket, prompt: &Prompt, id: &ModelId) -> String {
    let text = triage::text_hash(&ticket.title, &ticket.description);
    let round = ticket.triage.as_ref().map_or(0, |triage| triage.round);
    let (ticket, version) = (ticket.id, prompt.version());
    sha256_hex(format!("{ticket}\0{text}\0{round}\0{version}\0{id}").as_bytes())
}

/// One line about a call, without question, answer and key.
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

/// An error and its causes on one line. Sources show no key and nothing of the question.
fn chain(error: &LlmError) -> String {
    let mut text = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(inner) = source {
        text.push_str(": ");
        text.push_str(&inner.to_string());
        source = inner.source();
    }
    text
}

/// When the day of this moment began, in UTC.
pub(super) fn day_of(now: Timestamp) -> Timestamp {
    let midnight = now.date_naive().and_time(chrono::NaiveTime::MIN);
    midnight.and_utc()
}

/// When the next day begins, in UTC.
fn next_day(now: Timestamp) -> Timestamp {
    day_of(now) + Span::days(1)
}
