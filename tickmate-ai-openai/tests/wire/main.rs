//! The adapter against a server on this machine: what it sends, and what it makes of what comes back.

#![expect(
    clippy::unwrap_used,
    reason = "a test panics where something is not as it should be"
)]

mod exchanges;
mod fixtures;
mod wordings;

use std::time::Duration;

use serde_json::{Value, json};
use tickmate_ai_http::testing::Server;
use tickmate_ai_openai::{ApiKey, OpenAiLlm, OpenAiSettings, client};
use tickmate_core::backend::llm::{LlmError, Prompt};

fn settings(server: &Server) -> OpenAiSettings {
    let mut settings = OpenAiSettings::openai(ApiKey::new("CANARY-1").unwrap(), "gpt-9");
    settings.base_url = format!("{}/v1/", server.url());
    settings
}

fn llm(settings: OpenAiSettings) -> OpenAiLlm {
    OpenAiLlm::new(client(&settings.timeouts).unwrap(), settings).unwrap()
}

/// A model that soon gives up, for answers that never come.
fn impatient(server: &Server) -> OpenAiLlm {
    let mut settings = settings(server);
    settings.timeouts.total = Duration::from_millis(400);
    llm(settings)
}

fn prompt() -> Prompt {
    Prompt {
        system: "Read the ticket.".to_owned(),
        user: "-----BEGIN TICKET x-----\nVPN\n-----END TICKET x-----".to_owned(),
        schema: json!({"type": "object", "required": [], "additionalProperties": false, "properties": {}}),
        max_output_tokens: 1_000,
    }
}

/// An answer in full.
fn completion(text: &str) -> Value {
    json!({
        "id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": "gpt-9-2026",
        "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": text}}],
        "usage": {
            "prompt_tokens": 40, "completion_tokens": 20, "total_tokens": 60,
            "prompt_tokens_details": {"cached_tokens": 30},
        },
    })
}

fn class(error: &LlmError) -> &'static str {
    match error {
        LlmError::Unavailable { .. } => "unavailable",
        LlmError::Exhausted { .. } => "exhausted",
        LlmError::Misconfigured(_) => "misconfigured",
        LlmError::Rejected(_) => "rejected",
        LlmError::Garbled(_) => "garbled",
    }
}
