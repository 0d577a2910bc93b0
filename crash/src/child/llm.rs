//! A model that the parent plays over HTTP.

use std::time::Duration;

use async_trait::async_trait;
use reqwest::Client;
use serde_json::{Value, json};
use tickmate::backend::llm::{Completion, Llm, LlmError, ModelId, Prompt, StopReason, Usage};

use crate::failure::Failure;

/// The model that the parent plays.
pub(super) struct PeerLlm {
    client: Client,
    url: String,
}

impl PeerLlm {
    pub(super) fn new(peer: &str) -> Result<Self, Failure> {
        let client = Client::builder().timeout(Duration::from_secs(5)).build()?;
        Ok(Self {
            client,
            url: format!("{peer}/model"),
        })
    }

    async fn ask(&self, prompt: &Prompt) -> reqwest::Result<Value> {
        self.client
            .post(&self.url)
            .json(&json!({ "prompt": prompt.user }))
            .send()
            .await?
            .error_for_status()?
            .json()
            .await
    }
}

#[async_trait]
impl Llm for PeerLlm {
    fn identity(&self) -> ModelId {
        ModelId {
            provider: "peer".to_owned(),
            model: "peer".to_owned(),
        }
    }

    async fn complete(&self, prompt: &Prompt) -> Result<Completion, LlmError> {
        let answer = self
            .ask(prompt)
            .await
            .map_err(|error| LlmError::Unavailable {
                retry_after: None,
                source: Box::new(error),
            })?;
        Ok(Completion {
            text: answer["text"].as_str().unwrap_or_default().to_owned(),
            model: "peer".to_owned(),
            usage: Usage::default(),
            latency: Duration::ZERO,
            stop: StopReason::Done,
        })
    }
}
