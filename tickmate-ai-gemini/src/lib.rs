//! Google Gemini behind the desk's `Llm` seam: `generateContent` over REST, which keeps nothing at the provider.
//!
//! ```
//! use tickmate_ai_gemini::{ApiKey, GeminiLlm, GeminiSettings, client};
//!
//! # fn wire(secret: &str) -> Result<GeminiLlm, Box<dyn std::error::Error>> {
//! let settings = GeminiSettings::new(ApiKey::new(secret)?, "gemini-flash-lite-latest");
//! let llm = GeminiLlm::new(client(&settings.timeouts)?, settings)?;
//! # Ok(llm)
//! # }
//! # assert!(wire("secret").is_ok());
//! ```
//!
//! Model names become outdated within months, so the operator must set them.

#![cfg_attr(docsrs, feature(doc_cfg))]

mod answer;
mod failure;
mod model;
mod request;
mod settings;

pub use tickmate_ai_http::{
    ApiKey, ClientError, DEFAULT_MAX_ANSWER_BYTES, SettingsError, Timeouts, careful, client,
};

pub use self::{
    model::GeminiLlm,
    settings::{DEFAULT_BASE_URL, GeminiSettings, Sampling, Thinking, ThinkingLevel},
};
