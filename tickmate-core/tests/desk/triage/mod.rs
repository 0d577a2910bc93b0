//! Triage: who is asked, what counts of the answer, what is learned of it.

mod answers;
mod budget;
mod cache;
mod chain;
mod containment;
mod errors;
mod hostile_answers;
mod learning;
mod outage;
mod races;
mod refining;
mod review;
mod rules;

use std::{sync::Arc, time::Duration};

use tickmate_core::{
    backend::llm::{Completion, Llm, LlmError, ModelId, Prompt, StopReason, Usage},
    memory::ScriptedLlm,
};

/// A sure answer about the network.
pub(super) const SURE: &str = r#"{"summary":"VPN broken","category":"network","priority":"high","type":"incident",
    "skills":["Linux"],"sentiment":"negative","complexity":"moderate","tags":["vpn"],"notes":"Check the tunnel.",
    "first_steps":["Ping it."],"confidence":{"category":0.9,"priority":0.9,"type":0.9,"skills":0.9}}"#;

/// A model of this name that always gives the sure answer.
pub(super) fn sure(model: &str) -> Arc<Named> {
    Arc::new(Named {
        model: model.to_owned(),
        inner: ScriptedLlm::always(SURE),
    })
}

/// A scripted model with a name of its own.
pub(super) struct Named {
    pub(super) model: String,
    pub(super) inner: ScriptedLlm,
}

#[async_trait::async_trait]
impl Llm for Named {
    fn identity(&self) -> ModelId {
        ModelId {
            provider: "test".to_owned(),
            model: self.model.clone(),
        }
    }

    async fn complete(&self, prompt: &Prompt) -> Result<Completion, LlmError> {
        self.inner.complete(prompt).await
    }
}

/// An answer with all that a provider says of it.
pub(super) fn completion(text: &str, stop: StopReason) -> Completion {
    Completion {
        text: text.to_owned(),
        model: "test".to_owned(),
        usage: Usage {
            prompt_tokens: 100,
            cached_tokens: 40,
            output_tokens: 20,
        },
        latency: Duration::from_millis(1_500),
        stop,
    }
}
