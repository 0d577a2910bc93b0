//! The adapter against a server on this machine: what it sends, and what it makes of what comes back.

#![expect(
    clippy::unwrap_used,
    reason = "a test panics where something is not as it should be"
)]

mod exchanges;
mod fixtures;

use std::time::Duration;

use serde_json::json;
use tickmate_ai_gemini::{ApiKey, GeminiLlm, GeminiSettings, client};
use tickmate_ai_http::testing::Server;
use tickmate_core::backend::llm::{LlmError, Prompt};

fn settings(server: &Server) -> GeminiSettings {
    let mut settings = GeminiSettings::new(ApiKey::new("CANARY-1").unwrap(), "gemini-9-flash");
    settings.base_url = format!("{}/v1beta/", server.url());
    settings
}

fn llm(settings: GeminiSettings) -> GeminiLlm {
    GeminiLlm::new(client(&settings.timeouts).unwrap(), settings).unwrap()
}

/// A model that soon gives up, for answers that never come.
fn impatient(server: &Server) -> GeminiLlm {
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

fn class(error: &LlmError) -> &'static str {
    match error {
        LlmError::Unavailable { .. } => "unavailable",
        LlmError::Exhausted { .. } => "exhausted",
        LlmError::Misconfigured(_) => "misconfigured",
        LlmError::Rejected(_) => "rejected",
        LlmError::Garbled(_) => "garbled",
    }
}
