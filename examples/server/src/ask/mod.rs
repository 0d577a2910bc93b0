//! Asking one model about the tickets of a file, over the network or from a cassette.

mod lists;
mod source;

use std::time::Duration;

use futures_util::{Stream, StreamExt, stream};
use tickmate::{
    backend::llm::{LlmError, ModelId, StopReason, Usage},
    domain::{
        digest::sha256_hex,
        skill::Vocabulary,
        triage::{Analysis, PromptTexts, TicketText, build_prompt, read_answer},
    },
};

pub(crate) use self::lists::{Lists, Told};
use self::source::Source;
use crate::{cli::ReadingArgs, failure::Failure, settings::Provider, triage::rows::Row};

/// How often a model is asked about a ticket at most.
const TRIES: u32 = 3;
/// How long a provider is left alone between two tries where it doesn't say, and at the most.
const SHORT_WAIT: Duration = Duration::from_secs(2);
const LONGEST_WAIT: Duration = Duration::from_secs(60);
/// How many characters mark the fence of a question.
const NONCE: usize = 32;

/// A model that is asked about tickets.
pub(crate) struct Asker {
    source: Source,
    texts: PromptTexts,
    at_once: usize,
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
        Ok(Self {
            source: Source::open(provider, args)?,
            texts: PromptTexts::default(),
            at_once: usize::from(args.parallel.max(1)),
        })
    }

    /// Which model it is.
    pub(crate) fn id(&self) -> ModelId {
        self.source.llm.identity()
    }

    /// Asks about these tickets, and answers in their order. Those that were read are in the cassette by then, where
    /// one is recorded.
    pub(crate) fn ask_all<'a>(
        &'a self,
        lists: &'a Lists,
        vocabulary: &'a Vocabulary,
        rows: &'a [Row],
    ) -> impl Stream<Item = Result<Asked, Failure>> + 'a {
        stream::iter(rows)
            .map(move |row| async move {
                let asked = self.ask(lists, vocabulary, row).await;
                self.source.keep()?;
                Ok(asked)
            })
            .buffered(self.at_once)
    }

    async fn ask(&self, lists: &Lists, vocabulary: &Vocabulary, row: &Row) -> Asked {
        let offer = lists.offer(&self.texts);
        let text = TicketText::new(&row.title, &row.description);
        let mut prompt = build_prompt(&offer, &text, &nonce(row));
        let mut asked = Asked::default();
        let mut is_longer = false;
        for tries_left in (0..TRIES).rev() {
            asked.calls += 1;
            let completion = match self.source.llm.complete(&prompt).await {
                Ok(completion) => completion,
                Err(error) => {
                    asked.why = Failure::because("the model did not answer", &error).to_string();
                    match tries_left > 0 && may_pass(&error) {
                        true => self.wait(&error).await,
                        false => break,
                    }
                    continue;
                }
            };
            asked.add(completion.usage, completion.latency);
            match (
                completion.stop,
                read_answer(&offer, vocabulary, &completion.text),
            ) {
                (StopReason::Blocked, _) => {
                    asked.why = "the provider withheld question or answer".to_owned();
                    break;
                }
                (stop, Ok(analysis)) => {
                    // What can be read of an answer that was cut is better than none.
                    asked.analysis = Some(analysis);
                    if stop != StopReason::Length || is_longer {
                        break;
                    }
                }
                (_, Err(error)) => {
                    asked.why = Failure::because("the answer can't be read", &error).to_string();
                }
            }
            if completion.stop == StopReason::Length && !is_longer {
                prompt.max_output_tokens = prompt.max_output_tokens.saturating_mul(2);
                is_longer = true;
            }
        }
        asked
    }

    /// Leaves the provider alone for as long as it asks to.
    async fn wait(&self, error: &LlmError) {
        if self.source.is_far() {
            let wait = error.retry_after().unwrap_or(SHORT_WAIT);
            tokio::time::sleep(wait.min(LONGEST_WAIT)).await;
        }
    }
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

/// Whether the next try may end otherwise.
const fn may_pass(error: &LlmError) -> bool {
    matches!(error, LlmError::Unavailable { .. } | LlmError::Garbled(_))
}

/// Runs what asks a model to its end.
///
/// # Errors
/// Where there is nothing to run it on, and those of what is run.
pub(crate) fn run<T>(asking: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::because("no thread to ask on", &error))?;
    runtime.block_on(asking)
}
