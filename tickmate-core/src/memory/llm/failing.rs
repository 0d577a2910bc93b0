//! A model that fails, until it recovers.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;

use crate::backend::llm::{Completion, Llm, LlmError, ModelId, Prompt};

/// Fails each question until [`FailingLlm::recover`] is called; then it passes questions on.
///
/// ```
/// use std::sync::Arc;
/// use tickmate_core::memory::{FailingLlm, ScriptedLlm};
///
/// let inner = Arc::new(ScriptedLlm::always(r#"{"summary": "The printer is on fire"}"#));
/// let llm = FailingLlm::unavailable(inner);
/// assert_eq!(llm.asked(), 0);
/// llm.recover();
/// ```
pub struct FailingLlm {
    inner: Arc<dyn Llm>,
    error: Box<dyn Fn() -> LlmError + Send + Sync>,
    fails: AtomicBool,
    asked: AtomicU64,
}

impl FailingLlm {
    /// Creates a model that fails with these errors.
    pub fn with(inner: Arc<dyn Llm>, error: impl Fn() -> LlmError + Send + Sync + 'static) -> Self {
        Self {
            inner,
            error: Box::new(error),
            fails: AtomicBool::new(true),
            asked: AtomicU64::new(0),
        }
    }

    /// Creates a model that is not available, without a delay.
    pub fn unavailable(inner: Arc<dyn Llm>) -> Self {
        Self::with(inner, || LlmError::Unavailable {
            retry_after: None,
            source: "planned failure".into(),
        })
    }

    /// Creates a model that is not available, and asks to wait for `retry_after`.
    pub fn busy(inner: Arc<dyn Llm>, retry_after: Duration) -> Self {
        Self::with(inner, move || LlmError::Unavailable {
            retry_after: Some(retry_after),
            source: "planned rate limit".into(),
        })
    }

    /// Passes all further questions on.
    pub fn recover(&self) {
        self.fails.store(false, Ordering::SeqCst);
    }

    /// Returns how often the model was asked, with success or without.
    pub fn asked(&self) -> u64 {
        self.asked.load(Ordering::SeqCst)
    }
}

#[async_trait]
impl Llm for FailingLlm {
    fn identity(&self) -> ModelId {
        self.inner.identity()
    }

    async fn complete(&self, prompt: &Prompt) -> Result<Completion, LlmError> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        match self.fails.load(Ordering::SeqCst) {
            true => Err((self.error)()),
            false => self.inner.complete(prompt).await,
        }
    }
}

impl fmt::Debug for FailingLlm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FailingLlm")
            .field("fails", &self.fails)
            .field("asked", &self.asked)
            .finish_non_exhaustive()
    }
}
