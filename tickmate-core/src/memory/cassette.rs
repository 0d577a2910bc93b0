//! A cassette: recorded answers of models, to be replayed without a call.

mod line;
#[cfg(test)]
mod tests;

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use async_trait::async_trait;

use crate::{
    backend::llm::{Completion, Llm, LlmError, ModelId, Prompt},
    domain::digest::sha256_hex,
};

/// Recorded exchanges with models, in the order in which they happened.
///
/// Its text form is JSON Lines, one exchange a line. It contains a SHA-256 to recognize each question, but neither the
/// question nor a key. It does contain the answers, which reveal content of the tickets.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Cassette {
    exchanges: Vec<Exchange>,
}

/// A question and its result.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Exchange {
    key: String,
    id: ModelId,
    outcome: Result<Completion, Refusal>,
}

/// An error without its source: sources are texts for a log, and no code depends on them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Refusal {
    kind: Kind,
    retry_after: Option<Duration>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Unavailable,
    Exhausted,
    Misconfigured,
    Rejected,
    Garbled,
}

/// A line that is not a recorded exchange. The error doesn't show the content of the line.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line} is no recorded exchange: {what}")]
pub struct CassetteError {
    /// The number of the line, from 1.
    pub line: usize,
    what: String,
}

impl Cassette {
    /// Reads the text of a cassette. Blank lines are skipped.
    ///
    /// # Errors
    /// The first line that is not a recorded exchange.
    pub fn from_lines(text: &str) -> Result<Self, CassetteError> {
        let lines = text.lines().enumerate();
        let exchanges = lines
            .filter(|(_, text)| !text.trim().is_empty())
            .map(|(place, text)| {
                line::read(text).map_err(|what| CassetteError {
                    line: place + 1,
                    what,
                })
            })
            .collect::<Result<_, _>>()?;
        Ok(Self { exchanges })
    }

    /// Returns the text of the cassette, with a line end after each exchange.
    pub fn to_lines(&self) -> String {
        self.exchanges.iter().map(line::write).collect()
    }

    /// Returns the number of exchanges.
    pub fn len(&self) -> usize {
        self.exchanges.len()
    }

    /// Returns whether the cassette has no exchange.
    pub fn is_empty(&self) -> bool {
        self.exchanges.is_empty()
    }

    /// Returns the models of the exchanges, each once, in the order of their first exchange.
    pub fn models(&self) -> Vec<&ModelId> {
        let mut models: Vec<&ModelId> = Vec::new();
        for exchange in &self.exchanges {
            if !models.contains(&&exchange.id) {
                models.push(&exchange.id);
            }
        }
        models
    }
}

/// A model that replays or records a cassette.
///
/// ```
/// use std::sync::Arc;
/// use tickmate_core::{
///     backend::llm::{Llm, Prompt},
///     memory::{Cassette, CassetteLlm, ScriptedLlm},
/// };
///
/// # async fn record(prompt: &Prompt) -> Result<(), Box<dyn std::error::Error>> {
/// let model = Arc::new(ScriptedLlm::always(r#"{"summary": "The printer is on fire"}"#));
/// let recorder = CassetteLlm::recording(Arc::clone(&model) as _);
/// let answer = recorder.complete(prompt).await?;
/// let text = recorder.cassette().to_lines();
///
/// let player = CassetteLlm::replaying(model.identity(), Cassette::from_lines(&text)?);
/// assert_eq!(player.complete(prompt).await?, answer);
/// # Ok(())
/// # }
/// ```
///
/// [`CassetteLlm::continuing`] completes an interrupted recording.
pub struct CassetteLlm {
    id: ModelId,
    /// The recorded model; none when the cassette is only replayed.
    inner: Option<Arc<dyn Llm>>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    cassette: Cassette,
    /// By the key of a question.
    tracks: HashMap<String, Track>,
}

/// The places of the exchanges of one question, and how many of them were replayed.
#[derive(Default)]
struct Track {
    places: Vec<usize>,
    replayed: usize,
}

impl State {
    fn new(cassette: Cassette, is_replayed: impl Fn(&Exchange) -> bool) -> Self {
        let mut tracks: HashMap<String, Track> = HashMap::new();
        for (place, exchange) in cassette.exchanges.iter().enumerate() {
            if is_replayed(exchange) {
                let track = tracks.entry(exchange.key.clone()).or_default();
                track.places.push(place);
            }
        }
        Self { cassette, tracks }
    }

    /// Returns the next exchange of a question; none after the last one.
    fn next(&mut self, key: &str) -> Option<&Exchange> {
        let track = self.tracks.get_mut(key)?;
        let place = track.places.get(track.replayed)?;
        track.replayed += 1;
        self.cassette.exchanges.get(*place)
    }

    fn last(&self, key: &str) -> Option<&Exchange> {
        let place = self.tracks.get(key)?.places.last()?;
        self.cassette.exchanges.get(*place)
    }
}

impl CassetteLlm {
    /// Creates a model that answers as the cassette does. A question with several recorded answers gets them in their order,
    /// and the last one again after that. A question that the cassette does not contain is [`LlmError::Misconfigured`].
    pub fn replaying(id: ModelId, cassette: Cassette) -> Self {
        Self {
            id,
            inner: None,
            state: Mutex::new(State::new(cassette, |_| true)),
        }
    }

    /// Creates a model that asks `inner` and records its answers and errors.
    pub fn recording(inner: Arc<dyn Llm>) -> Self {
        Self::continuing(inner, Cassette::default())
    }

    /// Creates a model that continues the recording of a cassette. It first returns the recorded answers to a question, each
    /// once and in their order; then it asks `inner` and appends the result. Recorded errors are not replayed: the call is
    /// repeated.
    pub fn continuing(inner: Arc<dyn Llm>, cassette: Cassette) -> Self {
        let is_answer = |exchange: &Exchange| exchange.outcome.is_ok();
        Self {
            id: inner.identity(),
            inner: Some(inner),
            state: Mutex::new(State::new(cassette, is_answer)),
        }
    }

    /// Returns whether the next answer to a question comes from the cassette, and was not returned yet.
    pub fn holds_more(&self, prompt: &Prompt) -> bool {
        let state = self.state();
        let track = state.tracks.get(&key(&self.id, prompt));
        track.is_some_and(|track| track.replayed < track.places.len())
    }

    /// Returns a copy of the present cassette.
    pub fn cassette(&self) -> Cassette {
        self.state().cassette.clone()
    }

    /// Returns the text of the exchanges from this index on, counted from 0: the part to append to a file that grows with
    /// the cassette.
    pub fn lines_from(&self, start: usize) -> String {
        let state = self.state();
        let new = state.cassette.exchanges.iter().skip(start);
        new.map(line::write).collect()
    }

    /// Locks the state. Each step leaves the state consistent, so it is usable after a panic.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Llm for CassetteLlm {
    fn identity(&self) -> ModelId {
        self.id.clone()
    }

    async fn complete(&self, prompt: &Prompt) -> Result<Completion, LlmError> {
        let key = key(&self.id, prompt);
        let recorded = self.state().next(&key).map(Exchange::outcome);
        if let Some(outcome) = recorded {
            return outcome;
        }
        let Some(inner) = &self.inner else {
            let last = self.state().last(&key).map(Exchange::outcome);
            return last.unwrap_or_else(|| {
                Err(LlmError::Misconfigured(
                    "the cassette does not hold this question to this model".into(),
                ))
            });
        };
        let outcome = inner.complete(prompt).await;
        self.state().cassette.exchanges.push(Exchange {
            key,
            id: self.id.clone(),
            outcome: match &outcome {
                Ok(completion) => Ok(completion.clone()),
                Err(error) => Err(Refusal::of(error)),
            },
        });
        outcome
    }
}

impl Exchange {
    fn outcome(&self) -> Result<Completion, LlmError> {
        self.outcome.clone().map_err(Refusal::error)
    }
}

/// Shows the number of exchanges, and no texts.
impl fmt::Debug for CassetteLlm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CassetteLlm")
            .field("id", &self.id)
            .field("is_recording", &self.inner.is_some())
            .field("exchanges", &self.state().cassette.len())
            .finish_non_exhaustive()
    }
}

/// Returns the key of a question to a model. A JSON array has only one reading, so that different questions get
/// different keys.
fn key(id: &ModelId, prompt: &Prompt) -> String {
    let question = serde_json::json!([
        id.provider,
        id.model,
        prompt.system,
        prompt.user,
        prompt.schema,
        prompt.max_output_tokens,
    ]);
    sha256_hex(question.to_string().as_bytes())
}

impl Refusal {
    const fn of(error: &LlmError) -> Self {
        Self {
            kind: match error {
                LlmError::Unavailable { .. } => Kind::Unavailable,
                LlmError::Exhausted { .. } => Kind::Exhausted,
                LlmError::Misconfigured(_) => Kind::Misconfigured,
                LlmError::Rejected(_) => Kind::Rejected,
                LlmError::Garbled(_) => Kind::Garbled,
            },
            retry_after: error.retry_after(),
        }
    }

    fn error(self) -> LlmError {
        let source = "replayed from a cassette".into();
        let retry_after = self.retry_after;
        match self.kind {
            Kind::Unavailable => LlmError::Unavailable {
                retry_after,
                source,
            },
            Kind::Exhausted => LlmError::Exhausted {
                retry_after,
                source,
            },
            Kind::Misconfigured => LlmError::Misconfigured(source),
            Kind::Rejected => LlmError::Rejected(source),
            Kind::Garbled => LlmError::Garbled(source),
        }
    }
}
