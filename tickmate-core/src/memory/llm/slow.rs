//! A slow model.

use std::{fmt, future::Future, pin::Pin, sync::Arc};

use async_trait::async_trait;

use crate::backend::llm::{Completion, Llm, LlmError, ModelId, Prompt};

type Wait = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Waits before it passes a question on. The test chooses the future that it awaits: a timer of its runtime, or a gate
/// that the test opens.
///
/// ```
/// use std::{sync::Arc, time::Duration};
/// use tickmate_core::memory::{ScriptedLlm, SlowLlm};
///
/// let inner = Arc::new(ScriptedLlm::always(r#"{"summary": "The printer is on fire"}"#));
/// let llm = SlowLlm::new(inner, || tokio::time::sleep(Duration::from_secs(2)));
/// ```
pub struct SlowLlm {
    inner: Arc<dyn Llm>,
    wait: Box<dyn Fn() -> Wait + Send + Sync>,
}

impl SlowLlm {
    /// Creates a model that awaits the future of `wait` before each answer.
    pub fn new<F>(inner: Arc<dyn Llm>, wait: impl Fn() -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        Self {
            inner,
            wait: Box::new(move || Box::pin(wait())),
        }
    }
}

#[async_trait]
impl Llm for SlowLlm {
    fn identity(&self) -> ModelId {
        self.inner.identity()
    }

    async fn complete(&self, prompt: &Prompt) -> Result<Completion, LlmError> {
        (self.wait)().await;
        self.inner.complete(prompt).await
    }
}

impl fmt::Debug for SlowLlm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SlowLlm").finish_non_exhaustive()
    }
}
