//! The model: one question, one request, one answer.

use std::fmt;

use async_trait::async_trait;
use reqwest::{Client, Url, header::HeaderMap};
use tickmate_ai_http::{Question, SettingsError, post, within};
use tickmate_core::backend::llm::{Completion, Llm, LlmError, ModelId, Prompt};

use crate::{
    answer::{self, Reading},
    failure, request,
    settings::GeminiSettings,
};

/// The header of the key. The alternative, a parameter of the URL, would appear in logs.
const KEY: &str = "x-goog-api-key";
/// The header that sets the server's timeout in seconds.
const SERVER_TIMEOUT: &str = "x-server-timeout";

/// Asks a Gemini model, once for each question.
///
/// - A question or an answer that is withheld is a [`Completion`] of
///   [`StopReason::Blocked`](tickmate_core::backend::llm::StopReason::Blocked) without text.
/// - A model that thought until its tokens ran out answers with an empty text and
///   [`StopReason::Length`](tickmate_core::backend::llm::StopReason::Length).
/// - Errors are mapped by the required action: a wrong key is `Misconfigured` although Google reports a bad request, a
///   used-up daily quota is `Exhausted` although Google requests a retry within a second.
pub struct GeminiLlm {
    client: Client,
    settings: GeminiSettings,
    url: Url,
    headers: HeaderMap,
}

impl GeminiLlm {
    /// Makes a model that uses a client: [`client`](crate::client), or a host's own that was configured with
    /// [`careful`](crate::careful). One client may serve several models.
    ///
    /// # Errors
    /// An invalid setting, with the name of its field. No request is sent.
    pub fn new(client: Client, settings: GeminiSettings) -> Result<Self, SettingsError> {
        let url = settings.url()?;
        let mut headers = HeaderMap::new();
        headers.insert(KEY, settings.api_key.header("")?);
        let total = settings.timeouts.total;
        let seconds = total.as_secs() + u64::from(total.subsec_nanos() > 0);
        headers.insert(SERVER_TIMEOUT, seconds.into());
        Ok(Self {
            client,
            settings,
            url,
            headers,
        })
    }

    async fn ask(&self, prompt: &Prompt) -> Result<Reading, LlmError> {
        let body = request::body(prompt, &self.settings);
        let question = Question {
            url: &self.url,
            headers: &self.headers,
            body: &body,
        };
        let answer = post(&self.client, question, self.settings.max_answer_bytes).await?;
        let (model, key) = (self.settings.model_name(), &self.settings.api_key);
        if !answer.is_success() {
            return Err(failure::meaning(&answer, model, key, prompt));
        }
        answer::read(&answer.body).map_err(|error| {
            failure::hidden(&answer, model, key, prompt)
                .unwrap_or_else(|| LlmError::Garbled(error.into()))
        })
    }
}

#[async_trait]
impl Llm for GeminiLlm {
    fn identity(&self) -> ModelId {
        ModelId {
            provider: "gemini".to_owned(),
            model: self.settings.model_name().to_owned(),
        }
    }

    async fn complete(&self, prompt: &Prompt) -> Result<Completion, LlmError> {
        let (reading, latency) = within(self.settings.timeouts.total, self.ask(prompt)).await?;
        Ok(Completion {
            text: reading.text,
            model: reading
                .model
                .unwrap_or_else(|| self.settings.model_name().to_owned()),
            usage: reading.usage,
            latency,
            stop: reading.stop,
        })
    }
}

/// Shows the settings, without the key.
impl fmt::Debug for GeminiLlm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GeminiLlm")
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}
