//! Checks a model's answer: what it means for the log, for the breaker of the provider, and for the ticket.

use super::{ask::Question, models::UnderWay};
use crate::{
    backend::{
        llm::{Completion, LlmError, StopReason},
        with_causes,
    },
    domain::{
        analysis::Analysis,
        models::{CallEnd, CallOutcome, Usage},
        skill::Vocabulary,
        time::{Span, Timestamp},
        triage::{MAX_ANSWER, read_answer},
    },
};

/// When a provider that did not answer is asked again where it doesn't say, at the earliest.
const SHORT_WAIT: Span = Span::seconds(2);
/// The longest wait that a provider can ask for.
const LONGEST_WAIT: Span = Span::days(1);
/// For how long a provider is left alone whose quota or credit is used up, unless it asks for longer.
const EXHAUSTED_WAIT: Span = Span::hours(1);
/// For how long a provider is left alone whose settings are wrong: somebody must act first.
const MISCONFIGURED_WAIT: Span = Span::minutes(10);

/// What an answer means.
pub(super) struct CheckedAnswer {
    /// For the log.
    pub(super) end: CallEnd,
    /// For the ticket.
    pub(super) then: NextStep,
}

/// What follows from an answer.
pub(super) enum NextStep {
    /// It could be read.
    Read(Box<Analysis>),
    /// The same model may do better at once, with room for a longer answer or not.
    AskAgain { longer: bool },
    /// Ask this model again at this moment or later.
    Later(Timestamp),
    /// Do not ask this model about this ticket again.
    Never,
}

/// Checks the answer to a question.
pub(super) struct AnswerCheck<'a> {
    pub(super) question: &'a Question<'a>,
    pub(super) vocabulary: &'a Vocabulary,
    pub(super) now: Timestamp,
    /// How long it took, as far as the desk saw.
    pub(super) took: Span,
    pub(super) may_ask_again: bool,
    /// Whether the question was asked for the first time in this run.
    pub(super) is_first: bool,
}

impl CheckedAnswer {
    /// Stores the answer, since the same question would get the same one. An answer above [`MAX_ANSWER`] is stored as an
    /// empty text.
    fn with_stored_answer(mut self, answer: String) -> Self {
        let fits = answer.len() <= MAX_ANSWER;
        self.end.answer = Some(if fits { answer } else { String::new() });
        self
    }
}

impl AnswerCheck<'_> {
    /// Reports the outcome to the breaker, and returns the next step.
    pub(super) fn check(
        &self,
        slot: &mut UnderWay<'_>,
        answer: Result<Completion, LlmError>,
    ) -> CheckedAnswer {
        match answer {
            Ok(completion) => {
                slot.answered();
                self.check_completion(completion)
            }
            Err(error) => self.check_error(slot, &error),
        }
    }

    fn check_completion(&self, completion: Completion) -> CheckedAnswer {
        let micros = u64::try_from(completion.latency.as_micros()).unwrap_or(u64::MAX);
        let usage = completion.usage;
        let of = |outcome, then| CheckedAnswer {
            end: ended(outcome, usage, micros),
            then,
        };
        if completion.stop == StopReason::Blocked {
            return of(CallOutcome::Blocked, NextStep::Never).with_stored_answer(String::new());
        }
        let is_cut = completion.stop == StopReason::Length;
        if is_cut && self.may_ask_again {
            return of(CallOutcome::Truncated, NextStep::AskAgain { longer: true });
        }
        // What can be read of an answer that was cut twice is better than none.
        match read_answer(&self.question.offer, self.vocabulary, &completion.text) {
            Ok(analysis) => {
                let then = NextStep::Read(Box::new(analysis));
                of(CallOutcome::Answered, then).with_stored_answer(completion.text)
            }
            Err(error) => {
                tracing::warn!(ticket.id = %self.question.ticket.id, error = %error, "a model's answer can't be read");
                let outcome = match completion.stop {
                    StopReason::Length => CallOutcome::Truncated,
                    StopReason::Other => CallOutcome::Stopped,
                    StopReason::Done | StopReason::Blocked => CallOutcome::Unreadable,
                };
                match self.may_ask_again {
                    true => of(outcome, NextStep::AskAgain { longer: is_cut }),
                    // It came late, and was never asked for at length.
                    false if is_cut && self.is_first => of(outcome, NextStep::Later(self.now)),
                    false => of(outcome, NextStep::Never).with_stored_answer(completion.text),
                }
            }
        }
    }

    fn check_error(&self, slot: &mut UnderWay<'_>, error: &LlmError) -> CheckedAnswer {
        tracing::warn!(ticket.id = %self.question.ticket.id, error = %with_causes(error), "a model did not answer");
        let asked = error
            .retry_after()
            .map(|wait| Span::from_std(wait).map_or(LONGEST_WAIT, |wait| wait.min(LONGEST_WAIT)));
        let now = self.now;
        let (outcome, then) = match error {
            LlmError::Unavailable { .. } => {
                slot.failed(now, asked);
                let at = now + asked.unwrap_or(SHORT_WAIT);
                (CallOutcome::Unavailable, NextStep::Later(at))
            }
            LlmError::Exhausted { .. } => {
                let wait = asked.map_or(EXHAUSTED_WAIT, |wait| wait.max(EXHAUSTED_WAIT));
                slot.rest(now, wait);
                (CallOutcome::Exhausted, NextStep::Later(now + wait))
            }
            LlmError::Misconfigured(_) => {
                slot.rest(now, MISCONFIGURED_WAIT);
                let at = now + MISCONFIGURED_WAIT;
                (CallOutcome::Misconfigured, NextStep::Later(at))
            }
            LlmError::Rejected(_) => {
                slot.answered();
                (CallOutcome::Rejected, NextStep::Never)
            }
            LlmError::Garbled(_) => {
                slot.failed(now, None);
                (CallOutcome::Garbled, NextStep::Later(now + SHORT_WAIT))
            }
        };
        let micros = self.took.num_microseconds().unwrap_or_default();
        let micros = u64::try_from(micros).unwrap_or_default();
        let checked = CheckedAnswer {
            end: ended(outcome, Usage::default(), micros),
            then,
        };
        match outcome {
            CallOutcome::Rejected => checked.with_stored_answer(String::new()),
            _ => checked,
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
