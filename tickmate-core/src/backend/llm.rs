//! Who reads tickets. An adapter translates a prompt to a provider's wire and the answer back, and nothing else:
//! prompts, schemas and the checks of what comes back belong to the desk, and so do retries.

use std::{fmt, time::Duration};

use async_trait::async_trait;

use super::BoxError;
pub use crate::domain::{models::Usage, triage::Prompt};

/// Which model it is, and whose.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ModelId {
    /// Who is asked: the name of the provider, as the settings give it.
    pub provider: String,
    /// The model, as it is asked for. [`Completion::model`] is the one that answered.
    pub model: String,
}

impl fmt::Display for ModelId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.provider, self.model)
    }
}

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

/// Why a model stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StopReason {
    /// It was done.
    Done,
    /// It ran out of tokens, or thought and wrote nothing; the text is cut or empty. More tokens may help.
    Length,
    /// The provider withheld the question or the answer for what it says. The text is empty, and the same question
    /// is withheld again. This is no error: the provider is well, the settings are right, and tokens were spent.
    Blocked,
    /// Something else, such as a recitation or a reason that the adapter doesn't know. The same question may be
    /// answered in full the next time.
    Other,
}

/// Why there is no answer, by what can be done about it. Sources show no key, and nothing of the question.
#[derive(Debug, thiserror::Error)]
pub enum LlmError {
    /// Not now: the network, a time-out, a limit that passes, a server in trouble.
    #[error("the model is not available now")]
    Unavailable {
        /// How long the provider asks to wait, at most a day; none where it doesn't say.
        retry_after: Option<Duration>,
        /// What went wrong.
        #[source]
        source: BoxError,
    },
    /// What may be used is used up: the quota of the day, the credit. Asking again soon is useless.
    #[error("the model's quota or credit is used up")]
    Exhausted {
        /// How long the provider asks to wait, at most a day; none where it doesn't say.
        retry_after: Option<Duration>,
        /// What went wrong.
        #[source]
        source: BoxError,
    },
    /// A wrong key, a missing permission, an unknown model, a region: no question is answered until somebody acts.
    #[error("the model can't be used with these settings")]
    Misconfigured(#[source] BoxError),
    /// This question alone is refused, such as one that is too long. Others may be answered.
    #[error("the model refused the question")]
    Rejected(#[source] BoxError),
    /// Something was answered that can't be read, is too large, or points elsewhere.
    #[error("the model's answer can't be read")]
    Garbled(#[source] BoxError),
}

impl LlmError {
    /// Whether the same question may be answered soon.
    pub const fn is_transient(&self) -> bool {
        matches!(self, Self::Unavailable { .. })
    }

    /// How long the provider asks to wait, if it does.
    pub const fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Unavailable { retry_after, .. } | Self::Exhausted { retry_after, .. } => {
                *retry_after
            }
            Self::Misconfigured(_) | Self::Rejected(_) | Self::Garbled(_) => None,
        }
    }
}

/// Reads tickets.
#[cfg_attr(feature = "mock", mockall::automock)]
#[async_trait]
pub trait Llm: Send + Sync {
    /// Which model it is.
    fn identity(&self) -> ModelId;

    /// Asks once. Whether and when it is asked again is the caller's; an adapter repeats nothing on its own but a
    /// question whose wording the provider doesn't know, in other words and within the same time.
    ///
    /// The caller bounds the time too: dropping the future gives up.
    ///
    /// # Errors
    /// [`LlmError`], by what can be done about it.
    async fn complete(&self, prompt: &Prompt) -> Result<Completion, LlmError>;
}
