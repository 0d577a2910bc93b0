//! A cassette: what models answered once, to be answered again without asking anybody.

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

/// What models answered to which questions, in the order in which they did.
///
/// As text it is JSON Lines, an exchange a line. It holds what a question is known again by (a SHA-256), and neither
/// the question nor a key. It does hold the answers, which tell of the tickets.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Cassette {
    exchanges: Vec<Exchange>,
}

/// One question that was asked, and what came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Exchange {
    key: String,
    id: ModelId,
    outcome: Result<Completion, Refusal>,
}

/// An error without its source: sources are words for a log, and nobody acts on them.
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

/// A line that is no recorded exchange. It doesn't show what stands there.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line} is no recorded exchange: {what}")]
pub struct CassetteError {
    /// Which line, from 1.
    pub line: usize,
    what: String,
}

impl Cassette {
    /// Reads the text of a cassette. Blank lines are passed over.
    ///
    /// # Errors
    /// The first line that is no recorded exchange.
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

    /// The text of the cassette, with a line end after each exchange.
    pub fn to_lines(&self) -> String {
        self.exchanges.iter().map(line::written).collect()
    }

    /// How many exchanges it holds.
    pub fn len(&self) -> usize {
        self.exchanges.len()
    }

    /// Whether it holds none.
    pub fn is_empty(&self) -> bool {
        self.exchanges.is_empty()
    }

    /// The models that were asked, each once, in the order in which they came.
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

/// A model that plays a cassette, or records one.
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
/// A recording that was interrupted is finished by [`CassetteLlm::continuing`].
pub struct CassetteLlm {
    id: ModelId,
    /// Who is asked; nobody while the cassette plays.
    inner: Option<Arc<dyn Llm>>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    cassette: Cassette,
    /// By the key of a question.
    tracks: HashMap<String, Track>,
}

/// Where the exchanges of one question are, and how many of them were played.
#[derive(Default)]
struct Track {
    places: Vec<usize>,
    played: usize,
}

impl State {
    fn new(cassette: Cassette, plays: impl Fn(&Exchange) -> bool) -> Self {
        let mut tracks: HashMap<String, Track> = HashMap::new();
        for (place, exchange) in cassette.exchanges.iter().enumerate() {
            if plays(exchange) {
                let track = tracks.entry(exchange.key.clone()).or_default();
                track.places.push(place);
            }
        }
        Self { cassette, tracks }
    }

    /// The next exchange of a question; none after the last one.
    fn next(&mut self, key: &str) -> Option<&Exchange> {
        let track = self.tracks.get_mut(key)?;
        let place = track.places.get(track.played)?;
        track.played += 1;
        self.cassette.exchanges.get(*place)
    }

    fn last(&self, key: &str) -> Option<&Exchange> {
        let place = self.tracks.get(key)?.places.last()?;
        self.cassette.exchanges.get(*place)
    }
}

impl CassetteLlm {
    /// Answers as this model did. A question that was asked several times is answered in the order of then, and after
    /// that always as the last time. One that the cassette does not hold is [`LlmError::Misconfigured`].
    pub fn replaying(id: ModelId, cassette: Cassette) -> Self {
        Self {
            id,
            inner: None,
            state: Mutex::new(State::new(cassette, |_| true)),
        }
    }

    /// Asks this model, and keeps what it answers. Its errors are kept too.
    pub fn recording(inner: Arc<dyn Llm>) -> Self {
        Self::continuing(inner, Cassette::default())
    }

    /// Goes on recording on top of a cassette. What it answers to a question is given again, each answer once and in
    /// the order of then; only after that this model is asked, and what comes of it is added at the end. Recorded
    /// errors are not replayed: the call is made again.
    pub fn continuing(inner: Arc<dyn Llm>, cassette: Cassette) -> Self {
        let is_answer = |exchange: &Exchange| exchange.outcome.is_ok();
        Self {
            id: inner.identity(),
            inner: Some(inner),
            state: Mutex::new(State::new(cassette, is_answer)),
        }
    }

    /// Whether a question is answered next by an exchange of the cassette that was not given yet.
    pub fn holds_more(&self, prompt: &Prompt) -> bool {
        let state = self.state();
        let track = state.tracks.get(&key(&self.id, prompt));
        track.is_some_and(|track| track.played < track.places.len())
    }

    /// The cassette as it is now.
    pub fn cassette(&self) -> Cassette {
        self.state().cassette.clone()
    }

    /// The text of the exchanges from this one on, counted from 0: what is new to a file that grows with the
    /// cassette.
    pub fn lines_from(&self, start: usize) -> String {
        let state = self.state();
        let new = state.cassette.exchanges.iter().skip(start);
        new.map(line::written).collect()
    }

    /// The state is whole after each step, so one that a panic interrupted may be read on.
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
        let held = self.state().next(&key).map(Exchange::outcome);
        if let Some(outcome) = held {
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

/// Shows how much there is, and no texts.
impl fmt::Debug for CassetteLlm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CassetteLlm")
            .field("id", &self.id)
            .field("is_recording", &self.inner.is_some())
            .field("exchanges", &self.state().cassette.len())
            .finish_non_exhaustive()
    }
}

/// What a question to a model is known again by. As an array of JSON it can be read in one way alone.
fn key(id: &ModelId, prompt: &Prompt) -> String {
    let asked = serde_json::json!([
        id.provider,
        id.model,
        prompt.system,
        prompt.user,
        prompt.schema,
        prompt.max_output_tokens,
    ]);
    sha256_hex(asked.to_string().as_bytes())
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
        let source = "as it was recorded".into();
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
