//! Asking one model about the tickets of a file, over the network or from a cassette.

mod lists;
mod source;
#[cfg(test)]
mod tests;

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use futures_util::{Stream, StreamExt, stream};
use tickmate::{
    backend::llm::{LlmError, ModelId, Prompt, StopReason, Usage},
    domain::{
        analysis::Analysis,
        digest::sha256_hex,
        models::{CallOutcome, Task},
        skill::Vocabulary,
        triage::{Offer, PromptTexts, TicketText, build_prompt, read_answer},
    },
};
use tickmate_server::{
    Failure,
    settings::{self, Provider},
};

pub(crate) use self::lists::{Lists, Told};
use self::source::Source;
use crate::{cli::ReadingArgs, triage::rows::Row};

/// How often a provider that did not answer is tried about one ticket at most.
const ROUNDS: u32 = 3;
/// How long a provider is left alone between two rounds where it doesn't say.
const SHORT_WAIT: Duration = Duration::from_secs(2);
/// The longest that is waited for one ticket's next round.
const LONGEST_WAIT: Duration = Duration::from_secs(60);
/// How many characters mark the fence of a question.
const NONCE: usize = 32;

/// A model that is asked about tickets, by the rules of the desk:
///
/// - An answer that can't be read, was cut or was stopped is asked for once more, at once; one that was cut with room for
///   twice as many tokens. What can be read of the second one counts, even if that was cut too.
/// - What the provider withholds or rejects is never asked again.
/// - A provider that is not available or answers garbled is asked again in up to three rounds: after the wait that it
///   asks for, else after two seconds. Should it ask for more than a minute, the ticket is given up.
/// - Once its quota is used up, or its settings are wrong, it is asked nothing more in this run.
///
/// From a cassette all comes without waiting: of a question that failed it gives what it holds further, so that a
/// recording that was finished later is played to its end.
pub(crate) struct Asker {
    source: Source,
    texts: PromptTexts,
    at_once: usize,
    /// Why the provider is asked nothing more.
    stopped: Mutex<Option<String>>,
}

/// What came of asking about a ticket.
#[derive(Debug, Default)]
pub(crate) struct Asked {
    /// What the model read; none where it gave no answer that can be read.
    pub(crate) analysis: Option<Analysis>,
    /// How often it was asked.
    pub(crate) calls: u64,
    /// What the answers cost together.
    pub(crate) usage: Usage,
    /// How long each answer took.
    pub(crate) latencies: Vec<Duration>,
    /// Why there is no answer.
    pub(crate) why: String,
}

impl Asker {
    /// A model by the settings, or by a cassette.
    ///
    /// # Errors
    /// One line on the variable or the file that can't be used.
    pub(crate) fn new(provider: Provider, args: &ReadingArgs) -> Result<Self, Failure> {
        let source = Source::open(provider, args)?;
        Ok(Self::of(source, usize::from(args.parallel.max(1))))
    }

    fn of(source: Source, at_once: usize) -> Self {
        Self {
            source,
            texts: PromptTexts::default(),
            at_once,
            stopped: Mutex::default(),
        }
    }

    /// Which model it is.
    pub(crate) fn id(&self) -> ModelId {
        self.source.id()
    }

    /// Asks about these tickets, and answers in their order.
    pub(crate) fn ask_all<'a>(
        &'a self,
        lists: &'a Lists,
        vocabulary: &'a Vocabulary,
        rows: &'a [Row],
    ) -> impl Stream<Item = Result<Asked, Failure>> + 'a {
        stream::iter(rows)
            .map(move |row| self.ask(lists, vocabulary, row))
            .buffered(self.at_once)
    }

    async fn ask(
        &self,
        lists: &Lists,
        vocabulary: &Vocabulary,
        row: &Row,
    ) -> Result<Asked, Failure> {
        let offer = lists.offer(&self.texts);
        let text = TicketText::new(&row.title, &row.description);
        let question = Question {
            prompt: build_prompt(&offer, &text, &nonce(row)),
            offer,
            vocabulary,
        };
        let mut asked = Asked::default();
        let mut prompt = question.prompt.clone();
        let mut rounds = 1;
        while let Some(error) = self.round(&question, prompt, &mut asked).await? {
            prompt = question.prompt.clone();
            if !self.source.is_far() {
                if !self.source.holds(&prompt) {
                    prompt = longer(&prompt);
                }
                match self.source.holds(&prompt) {
                    true => continue,
                    false => break,
                }
            }
            match wait(&error) {
                Some(wait) if rounds < ROUNDS => tokio::time::sleep(wait).await,
                _ => break,
            }
            rounds += 1;
        }
        Ok(asked)
    }

    /// Asks once, or twice where the first answer is of no use. Answers the error that ended the round.
    async fn round(
        &self,
        question: &Question<'_>,
        mut prompt: Prompt,
        asked: &mut Asked,
    ) -> Result<Option<LlmError>, Failure> {
        for may_ask_again in [true, false] {
            if let Some(why) = self.stopped(&prompt) {
                asked.why = why;
                break;
            }
            asked.calls += 1;
            let completion = match self.source.complete(&prompt).await? {
                Ok(completion) => completion,
                Err(error) => {
                    self.log(Usage::default(), Duration::ZERO, outcome_of(&error));
                    asked.why = Failure::because("the model did not answer", &error).to_string();
                    self.stop_after(&error, &asked.why);
                    return Ok(Some(error));
                }
            };
            asked.add(completion.usage, completion.latency);
            let log = |outcome| self.log(completion.usage, completion.latency, outcome);
            if completion.stop == StopReason::Blocked {
                log(CallOutcome::Blocked);
                asked.why = "the provider withheld question or answer".to_owned();
                break;
            }
            let was_cut = completion.stop == StopReason::Length;
            match read_answer(&question.offer, question.vocabulary, &completion.text) {
                Ok(_) if was_cut && may_ask_again => log(CallOutcome::Truncated),
                Ok(analysis) => {
                    log(CallOutcome::Answered);
                    asked.analysis = Some(analysis);
                    break;
                }
                Err(error) => {
                    log(match completion.stop {
                        StopReason::Length => CallOutcome::Truncated,
                        StopReason::Other => CallOutcome::Stopped,
                        StopReason::Done | StopReason::Blocked => CallOutcome::Unreadable,
                    });
                    asked.why = Failure::because("the answer can't be read", &error).to_string();
                }
            }
            if was_cut {
                prompt = longer(&question.prompt);
            }
        }
        Ok(None)
    }

    /// One line about a call, as the desk writes it.
    fn log(&self, usage: Usage, latency: Duration, outcome: CallOutcome) {
        let id = self.id();
        tracing::info!(
            operation = Task::Triage.as_str(),
            provider = id.provider,
            model = id.model,
            prompt_tokens = usage.prompt_tokens,
            cached_tokens = usage.cached_tokens,
            output_tokens = usage.output_tokens,
            cache_hit = false,
            latency_ms = latency.as_millis(),
            outcome = outcome.as_str(),
            "a model was asked"
        );
    }

    /// Why this question is not asked any more, if so. What a cassette holds costs nobody anything.
    fn stopped(&self, prompt: &Prompt) -> Option<String> {
        let stopped = self.stopped.lock().unwrap_or_else(PoisonError::into_inner);
        stopped.clone().filter(|_| !self.source.holds(prompt))
    }

    fn stop_after(&self, error: &LlmError, why: &str) {
        let is_final = matches!(
            error,
            LlmError::Exhausted { .. } | LlmError::Misconfigured(_)
        );
        if is_final && self.source.is_far() {
            let mut stopped = self.stopped.lock().unwrap_or_else(PoisonError::into_inner);
            *stopped = Some(why.to_owned());
        }
    }
}

/// A question about a ticket, and how its answer is read.
struct Question<'a> {
    prompt: Prompt,
    offer: Offer<'a>,
    vocabulary: &'a Vocabulary,
}

/// The same question with room for a longer answer.
fn longer(prompt: &Prompt) -> Prompt {
    Prompt {
        max_output_tokens: prompt.max_output_tokens.saturating_mul(2),
        ..prompt.clone()
    }
}

/// How long to leave the provider alone before the next round; none where there is none.
fn wait(error: &LlmError) -> Option<Duration> {
    let wait = match error {
        LlmError::Unavailable { retry_after, .. } => retry_after.unwrap_or(SHORT_WAIT),
        LlmError::Garbled(_) => SHORT_WAIT,
        LlmError::Exhausted { .. } | LlmError::Misconfigured(_) | LlmError::Rejected(_) => {
            return None;
        }
    };
    Some(wait).filter(|wait| *wait <= LONGEST_WAIT)
}

impl Asked {
    fn add(&mut self, usage: Usage, latency: Duration) {
        self.usage = sum(self.usage, usage);
        self.latencies.push(latency);
    }

    /// Adds what another ticket took.
    pub(crate) fn and(&mut self, other: &Self) {
        self.calls += other.calls;
        self.usage = sum(self.usage, other.usage);
        self.latencies.extend(&other.latencies);
    }
}

fn sum(a: Usage, b: Usage) -> Usage {
    Usage {
        prompt_tokens: a.prompt_tokens.saturating_add(b.prompt_tokens),
        cached_tokens: a.cached_tokens.saturating_add(b.cached_tokens),
        output_tokens: a.output_tokens.saturating_add(b.output_tokens),
    }
}

/// What marks the fence of a ticket's question: always the same, so that the question is known again.
fn nonce(row: &Row) -> String {
    let mut digits = sha256_hex(row.id.as_bytes());
    digits.truncate(NONCE);
    digits
}

/// Runs what asks a model to its end.
///
/// # Errors
/// Where there is nothing to run it on, and those of what is run.
pub(crate) fn run<T>(asking: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    settings::start_logs_if_asked();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::because("no thread to ask on", &error))?;
    runtime.block_on(asking)
}

const fn outcome_of(error: &LlmError) -> CallOutcome {
    match error {
        LlmError::Unavailable { .. } => CallOutcome::Unavailable,
        LlmError::Exhausted { .. } => CallOutcome::Exhausted,
        LlmError::Misconfigured(_) => CallOutcome::Misconfigured,
        LlmError::Rejected(_) => CallOutcome::Rejected,
        LlmError::Garbled(_) => CallOutcome::Garbled,
    }
}
