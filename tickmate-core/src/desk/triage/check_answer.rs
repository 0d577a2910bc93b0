//! Checks a model's answer: the effect on the log, on the circuit breaker of the provider, and on the ticket.

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

/// The minimum delay before a provider that did not answer is asked again, unless it requests another one.
const SHORT_WAIT: Span = Span::seconds(2);
/// The longest delay that a provider can request.
const LONGEST_WAIT: Span = Span::days(1);
/// The delay for a provider whose quota or credit is used up, unless it requests a longer one.
const EXHAUSTED_WAIT: Span = Span::hours(1);
/// The delay for a provider with wrong settings: an operator must correct them first.
const MISCONFIGURED_WAIT: Span = Span::minutes(10);

/// A checked answer.
pub(super) struct CheckedAnswer {
    /// The end of the call, for the log.
    pub(super) end: CallEnd,
    /// The next step for the ticket.
    pub(super) then: NextStep,
}

/// The next step after an answer.
pub(super) enum NextStep {
    /// The answer is readable.
    Read(Box<Analysis>),
    /// Ask the same model again immediately, with or without room for a longer answer.
    AskAgain { longer: bool },
    /// Ask this model again at this time or later.
    Later(Timestamp),
    /// Do not ask this model about this ticket again.
    Never,
}

/// Checks the answer to a question.
pub(super) struct AnswerCheck<'a> {
    pub(super) question: &'a Question<'a>,
    pub(super) vocabulary: &'a Vocabulary,
    pub(super) now: Timestamp,
    /// The duration of the call as the desk measured it.
    pub(super) took: Span,
    pub(super) may_ask_again: bool,
    /// Whether the question was asked for the first time in this run.
    pub(super) is_first: bool,
}

impl CheckedAnswer {
    /// Stores the answer, since the same question would get the same one. An answer longer than [`MAX_ANSWER`] is
    /// stored as an empty text.
    fn with_stored_answer(mut self, answer: String) -> Self {
        let fits = answer.len() <= MAX_ANSWER;
        self.end.answer = Some(if fits { answer } else { String::new() });
        self
    }
}

impl AnswerCheck<'_> {
    /// Reports the outcome to the circuit breaker, and returns the next step.
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
        // A partial reading of an answer that was cut twice is better than none.
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
                    // A late answer that was cut, and was not requested with more room yet.
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
