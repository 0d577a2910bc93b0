//! The model: one question, one answer.

use std::fmt;

use async_trait::async_trait;
use reqwest::{
    Client, Url,
    header::{AUTHORIZATION, HeaderMap},
};
use tickmate_ai_http::{Answer, Question, SettingsError, post, within};
use tickmate_core::backend::llm::{Completion, Llm, LlmError, ModelId, Prompt};

use crate::{
    answer::{self, Reading},
    failure::ErrorBody,
    request,
    settings::OpenAiSettings,
    wording::{LearnerStatus, Wording},
};

/// Asks a model by chat completions, once for each question.
///
/// - Servers that refuse a form of answer are asked in the next one down ([`ResponseForm`](crate::ResponseForm)), and
///   those that refuse the name of the cap by its other name ([`TokenParameter`](crate::TokenParameter)): at most
///   three more requests, within the same time. What was taken is remembered for as long as this value lives, so
///   that later questions begin with it. Nothing else is repeated.
/// - A refusal, a filtered answer and a question that a filter withheld are a [`Completion`] of
///   [`StopReason::Blocked`](tickmate_core::backend::llm::StopReason::Blocked) without text.
/// - What a model thought aloud between `<think>` and `</think>`, and a code fence around the answer, are taken off.
pub struct OpenAiLlm {
    client: Client,
    settings: OpenAiSettings,
    url: Url,
    headers: HeaderMap,
    learned: LearnerStatus,
}

impl OpenAiLlm {
    /// Makes a model that uses a client: [`client`](crate::client), or a host's own that was configured with
    /// [`careful`](crate::careful). One client may serve several models.
    ///
    /// # Errors
    /// An invalid setting, with the name of its field. No request is sent.
    pub fn new(client: Client, settings: OpenAiSettings) -> Result<Self, SettingsError> {
        let url = settings.url()?;
        let mut headers = HeaderMap::new();
        if let Some(key) = &settings.api_key {
            headers.insert(AUTHORIZATION, key.header("Bearer ")?);
        }
        Ok(Self {
            client,
            url,
            headers,
            learned: LearnerStatus::new(Wording::of(&settings)),
            settings,
        })
    }

    async fn ask(&self, prompt: &Prompt) -> Result<Reading, LlmError> {
        let mut wording = self.learned.wording();
        loop {
            let answer = self.send(prompt, wording).await?;
            let said = match answer.is_success() {
                true => match answer::read(&answer.body) {
                    Ok(reading) => {
                        self.remember(wording);
                        return Ok(reading);
                    }
                    Err(error) => ErrorBody::hidden(&answer.body)
                        .ok_or_else(|| LlmError::Garbled(error.into()))?,
                },
                false => ErrorBody::of(answer.status, &answer.body),
            };
            if said.is_blocked() {
                return Ok(Reading::blocked());
            }
            wording = wording
                .after(&said)
                .ok_or_else(|| said.meaning(&answer.headers, &self.settings, prompt))?;
        }
    }

    async fn send(&self, prompt: &Prompt, wording: Wording) -> Result<Answer, LlmError> {
        let body = request::body(prompt, &self.settings, wording);
        let question = Question {
            url: &self.url,
            headers: &self.headers,
            body: &body,
        };
        post(&self.client, question, self.settings.max_answer_bytes).await
    }

    /// Only an answered wording is remembered: a refusal alone may have had other causes.
    fn remember(&self, taken: Wording) {
        if self.learned.remember(taken) {
            tracing::info!(
                model = %self.identity(),
                form = ?taken.form,
                tokens = taken.tokens.as_str(),
                "the server takes questions in another wording, which is remembered"
            );
        }
    }
}

#[async_trait]
impl Llm for OpenAiLlm {
    fn identity(&self) -> ModelId {
        ModelId {
            provider: self.settings.provider.clone(),
            model: self.settings.model.trim().to_owned(),
        }
    }

    async fn complete(&self, prompt: &Prompt) -> Result<Completion, LlmError> {
        let (reading, latency) = within(self.settings.timeouts.total, self.ask(prompt)).await?;
        Ok(Completion {
            text: reading.text,
            model: reading
                .model
                .unwrap_or_else(|| self.settings.model.trim().to_owned()),
            usage: reading.usage,
            latency,
            stop: reading.stop,
        })
    }
}

/// Shows the settings, without the key, and what was learned.
impl fmt::Debug for OpenAiLlm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OpenAiLlm")
            .field("settings", &self.settings)
            .field("learnt", &self.learned.wording())
            .finish_non_exhaustive()
    }
}
