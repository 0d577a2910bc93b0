//! The seam to the models that read tickets. An adapter translates a prompt to the provider's wire format and the answer
//! back, and does nothing else: prompts, schemas, the checks of the answer and retries belong to the desk.

use std::{fmt, time::Duration};

use async_trait::async_trait;

use super::BoxError;
pub use crate::domain::{models::Usage, triage::Prompt};

/// Identifies a model and its provider.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ModelId {
    /// The name of the provider, as in the settings.
    pub provider: String,
    /// The model that is requested. [`Completion::model`] is the one that answered.
    pub model: String,
}

impl fmt::Display for ModelId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.provider, self.model)
    }
}

/// The answer of a model, not yet checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Completion {
    /// What the model wrote: JSON, if it followed the prompt.
    pub text: String,
    /// The model that answered.
    pub model: String,
    /// The tokens that the call used.
    pub usage: Usage,
    /// How long the call took.
    pub latency: Duration,
    /// Why the model stopped.
    pub stop: StopReason,
}

/// Why a model stopped writing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StopReason {
    /// The answer is complete.
    Done,
    /// The model ran out of tokens, or spent them on reasoning and wrote nothing; the text is cut or empty. More tokens may
    /// help.
    Length,
    /// The provider withheld the question or the answer because of its content. The text is empty, and the same question
    /// is withheld again. This is not an error: provider and settings work, and tokens were spent.
    Blocked,
    /// Another reason, such as a recitation or one that the adapter doesn't know. The same question may be answered in full
    /// the next time.
    Other,
}

/// Why there is no answer, by what the caller can do about it. Sources contain no key and no part of the question.
#[derive(Debug, thiserror::Error)]
pub enum LlmError {
    /// The model is not available now: a network error, a timeout, a rate limit, a server error.
    #[error("the model is not available now")]
    Unavailable {
        /// How long the provider asks to wait, at most a day; none if it doesn't say.
        retry_after: Option<Duration>,
        /// The error of the adapter.
        #[source]
        source: BoxError,
    },
    /// The daily quota or the credit is used up. Retrying soon is useless.
    #[error("the model's quota or credit is used up")]
    Exhausted {
        /// How long the provider asks to wait, at most a day; none if it doesn't say.
        retry_after: Option<Duration>,
        /// The error of the adapter.
        #[source]
        source: BoxError,
    },
    /// A wrong key, a missing permission, an unknown model, or an unsupported region: no question is answered until the
    /// operator changes the settings or the account.
    #[error("the model can't be used with these settings")]
    Misconfigured(#[source] BoxError),
    /// The provider refused this question only, for example because it is too long. Others may be answered.
    #[error("the model refused the question")]
    Rejected(#[source] BoxError),
    /// The answer can't be read, is too large, or redirects to another address.
    #[error("the model's answer can't be read")]
    Garbled(#[source] BoxError),
}

impl LlmError {
    /// Returns whether the same question may be answered soon.
    pub const fn is_transient(&self) -> bool {
        matches!(self, Self::Unavailable { .. })
    }

    /// Returns how long the provider asks to wait, if it says so.
    pub const fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Unavailable { retry_after, .. } | Self::Exhausted { retry_after, .. } => {
                *retry_after
            }
            Self::Misconfigured(_) | Self::Rejected(_) | Self::Garbled(_) => None,
        }
    }
}

/// Reads tickets with a model.
#[cfg_attr(feature = "mock", mockall::automock)]
#[async_trait]
pub trait Llm: Send + Sync {
    /// Returns which model this is.
    fn identity(&self) -> ModelId;

    /// Asks the model once. The caller decides about retries. An adapter repeats a question by itself only if the provider
    /// rejects its form: it then sends it in another form, within the same time.
    ///
    /// The caller bounds the time: dropping the future cancels the call.
    ///
    /// # Errors
    /// [`LlmError`], by what the caller can do about it.
    async fn complete(&self, prompt: &Prompt) -> Result<Completion, LlmError>;
}
