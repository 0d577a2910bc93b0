//! OpenAI, and servers that speak its chat completions (Ollama, vLLM, llama.cpp, routers and more), behind the
//! desk's `Llm` seam.
//!
//! ```
//! use tickmate_ai_openai::{ApiKey, OpenAiLlm, OpenAiSettings, client};
//!
//! # fn wire(secret: &str) -> Result<OpenAiLlm, Box<dyn std::error::Error>> {
//! let hosted = OpenAiSettings::openai(ApiKey::new(secret)?, "gpt-5-mini");
//! let local = OpenAiSettings::ollama("qwen3:8b");
//! let client = client(&hosted.timeouts)?;
//! let llm = OpenAiLlm::new(client.clone(), hosted)?;
//! # drop(llm);
//! # Ok(OpenAiLlm::new(client, local)?)
//! # }
//! # assert!(wire("secret").is_ok());
//! ```
//!
//! Servers differ in what they take. The adapter begins with the strictest wording (an answer held to a JSON schema)
//! and learns from refusals; see [`OpenAiLlm`].

#![cfg_attr(docsrs, feature(doc_cfg))]

mod answer;
mod failure;
mod model;
mod request;
mod settings;
mod text;
mod wording;

pub use tickmate_ai_http::{
    ApiKey, ClientError, DEFAULT_MAX_ANSWER_BYTES, SettingsError, Timeouts, careful, client,
};

pub use self::{
    model::OpenAiLlm,
    settings::{InstructionsRole, OLLAMA_BASE_URL, OPENAI_BASE_URL, OpenAiSettings, Sampling},
    wording::{ResponseForm, TokenParameter},
};
