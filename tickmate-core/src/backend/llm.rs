//! Who reads tickets. An adapter translates a prompt to a provider's wire and the answer back, and nothing else:
//! prompts, schemas and the checks of what comes back belong to the desk.

use std::time::Duration;

use async_trait::async_trait;

use super::BoxError;
pub use crate::domain::triage::Prompt;

/// An answer, not yet looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Completion {
    /// What the model wrote: JSON, if it obeyed.
    pub text: String,
    /// Which model answered.
    pub model: String,
    /// What it cost.
    pub usage: Usage,
    /// How long it took.
    pub latency: Duration,
    /// Why it stopped.
    pub stop: StopReason,
}

/// What an answer cost, in tokens.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Usage {
    /// Of the prompt, cached ones too.
    pub prompt_tokens: u64,
    /// Of the prompt, those that the provider had cached.
    pub cached_tokens: u64,
    /// Of the answer, with its thinking.
    pub output_tokens: u64,
}

/// Why a model stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StopReason {
    /// It was done.
    Done,
    /// It ran out of tokens; the text may be cut.
    Length,
    /// The provider withheld the answer.
    Blocked,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum LlmError {
    /// Not now; perhaps after this long.
    #[error("the model is not available now")]
    Unavailable {
        /// How long the provider asks to wait.
        retry_after: Option<Duration>,
        /// What went wrong, without keys.
        #[source]
        source: BoxError,
    },
    /// Never like this: a wrong key, an unknown model, a refused request.
    #[error("the model refused")]
    Refused(#[source] BoxError),
}

impl LlmError {
    /// Whether the same question may be answered later.
    pub const fn is_transient(&self) -> bool {
        matches!(self, Self::Unavailable { .. })
    }
}

/// Reads tickets.
#[async_trait]
pub trait Llm: Send + Sync {
    /// Answers one question. The caller bounds the time.
    async fn complete(&self, prompt: &Prompt) -> Result<Completion, LlmError>;
}
