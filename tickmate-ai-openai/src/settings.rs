//! Settings: which server, which model, whose key, and bounds.

use reqwest::Url;
use tickmate_ai_http::{
    ApiKey, DEFAULT_MAX_ANSWER_BYTES, SettingsError, Timeouts, check_limits, endpoint,
};

use crate::wording::{ResponseForm, TokenParameter};

/// OpenAI's own server.
pub const OPENAI_BASE_URL: &str = "https://api.openai.com/v1";
/// Ollama on this machine.
pub const OLLAMA_BASE_URL: &str = "http://localhost:11434/v1";

/// The most characters of the names of a model and of a provider.
const MAX_NAME: usize = 200;

/// How to reach a model.
#[derive(Debug, Clone, PartialEq)]
pub struct OpenAiSettings {
    /// The name of the provider in the log and in the model's identity, such as `openai`.
    pub provider: String,
    /// The base URL of `/chat/completions`. A trailing slash makes no difference.
    pub base_url: String,
    /// The key, which goes into the header `Authorization` and nowhere else; none for servers without keys.
    pub api_key: Option<ApiKey>,
    /// The name of the model at the server.
    pub model: String,
    /// Whether a key may be sent unencrypted to another machine. Default: false.
    pub plain_http: bool,
    /// The timeouts of a question, including retries in another wording.
    pub timeouts: Timeouts,
    /// The maximum size of an answer in bytes, from 1 KiB to 16 MiB. Default: 64 KiB.
    pub max_answer_bytes: usize,
    /// The form of answer to start with. Default: the strictest.
    pub response_form: ResponseForm,
    /// Whether the instructions also contain the schema, for servers that don't enforce it. They always do if no schema
    /// can be sent.
    pub schema_in_prompt: bool,
    /// The name of the token limit; `None` starts with `max_tokens` and adapts.
    pub token_parameter: Option<TokenParameter>,
    /// Tokens to add to the limit of an answer, for models that think. Default: 0.
    pub thinking_tokens: u32,
    /// The reasoning effort of a thinking model, in the server's terms, such as `low`.
    pub reasoning_effort: Option<String>,
    /// The role of the instructions.
    pub instructions_role: InstructionsRole,
    /// The sampling parameters. Thinking models refuse all of them.
    pub sampling: Sampling,
}

/// The role of the instructions.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum InstructionsRole {
    /// `system`, which all servers know.
    #[default]
    System,
    /// `developer`, which some models of OpenAI's want instead.
    Developer,
}

impl InstructionsRole {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Developer => "developer",
        }
    }
}

/// The sampling parameters. A parameter that is not set is not sent.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Sampling {
    /// From 0, the most likely words, to 2.
    pub temperature: Option<f32>,
    /// Above 0, at most 1: how much of the likelihood is chosen from.
    pub top_p: Option<f32>,
    /// The same seed gives the same answer, as far as the server can.
    pub seed: Option<i64>,
}

impl OpenAiSettings {
    /// OpenAI's own server.
    pub fn openai(api_key: ApiKey, model: impl Into<String>) -> Self {
        Self::compatible("openai", OPENAI_BASE_URL, Some(api_key), model)
    }

    /// Ollama on this machine, which needs no key. Not each of its models is held to a schema, so that the schema
    /// stands in the instructions too.
    pub fn ollama(model: impl Into<String>) -> Self {
        Self {
            schema_in_prompt: true,
            ..Self::compatible("ollama", OLLAMA_BASE_URL, None, model)
        }
    }

    /// Any server that speaks chat completions.
    pub fn compatible(
        provider: impl Into<String>,
        base_url: impl Into<String>,
        api_key: Option<ApiKey>,
        model: impl Into<String>,
    ) -> Self {
        Self {
            provider: provider.into(),
            base_url: base_url.into(),
            api_key,
            model: model.into(),
            plain_http: false,
            timeouts: Timeouts::default(),
            max_answer_bytes: DEFAULT_MAX_ANSWER_BYTES,
            response_form: ResponseForm::default(),
            schema_in_prompt: false,
            token_parameter: None,
            thinking_tokens: 0,
            reasoning_effort: None,
            instructions_role: InstructionsRole::default(),
            sampling: Sampling::default(),
        }
    }

    /// Validates all settings, and returns the URL of requests.
    pub(crate) fn url(&self) -> Result<Url, SettingsError> {
        let is_name = |name: &str| {
            !name.trim().is_empty()
                && name.chars().count() <= MAX_NAME
                && !name.contains(char::is_control)
        };
        if !is_name(&self.model) {
            return Err(SettingsError::new("model", "is no name of a model"));
        }
        if !is_name(&self.provider) {
            return Err(SettingsError::new("provider", "is no name"));
        }
        let is_word = |word: &String| {
            (1..=20).contains(&word.len()) && word.bytes().all(|b| b.is_ascii_lowercase())
        };
        if !self.reasoning_effort.as_ref().is_none_or(is_word) {
            let reason = "is no word in lower case";
            return Err(SettingsError::new("reasoning_effort", reason));
        }
        check_limits(&self.timeouts, self.max_answer_bytes)?;
        self.sampling.check()?;
        let path = ["chat", "completions"];
        endpoint(
            &self.base_url,
            &path,
            self.api_key.is_some(),
            self.plain_http,
        )
    }
}

impl Sampling {
    fn check(&self) -> Result<(), SettingsError> {
        if !self.temperature.is_none_or(|t| (0.0..=2.0).contains(&t)) {
            let reason = "holds a temperature that is not between 0 and 2";
            return Err(SettingsError::new("sampling", reason));
        }
        if !self.top_p.is_none_or(|p| p > 0.0 && p <= 1.0) {
            let reason = "holds a top_p that is not above 0 and at most 1";
            return Err(SettingsError::new("sampling", reason));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings() -> OpenAiSettings {
        OpenAiSettings::openai(ApiKey::new("CANARY-1").unwrap(), "gpt-9")
    }

    #[test]
    fn questions_go_to_chat_completions() {
        let url = |settings: OpenAiSettings| settings.url().unwrap().to_string();
        assert_eq!(
            url(settings()),
            "https://api.openai.com/v1/chat/completions"
        );
        let local = OpenAiSettings::ollama("qwen3:8b");
        assert_eq!(url(local), "http://localhost:11434/v1/chat/completions");
        let docker = OpenAiSettings::compatible("ollama", "http://ollama:11434/v1/", None, "x");
        assert_eq!(url(docker), "http://ollama:11434/v1/chat/completions");
    }

    #[test]
    fn wrong_settings_name_the_field() {
        type Change = fn(&mut OpenAiSettings);
        let changes: &[(&str, Change)] = &[
            ("model", |s| s.model = " ".to_owned()),
            ("model", |s| s.model = "a\nb".to_owned()),
            ("model", |s| s.model = "x".repeat(201)),
            ("provider", |s| s.provider = String::new()),
            ("base_url", |s| s.base_url = "ollama:11434".to_owned()),
            ("base_url", |s| {
                s.base_url = "http://vllm:8000/v1".to_owned()
            }),
            ("timeouts", |s| {
                s.timeouts.connect = std::time::Duration::ZERO
            }),
            ("max_answer_bytes", |s| s.max_answer_bytes = usize::MAX),
            ("reasoning_effort", |s| {
                s.reasoning_effort = Some("a b".to_owned())
            }),
            ("reasoning_effort", |s| {
                s.reasoning_effort = Some(String::new())
            }),
            ("sampling", |s| s.sampling.temperature = Some(-0.1)),
            ("sampling", |s| s.sampling.top_p = Some(f32::NAN)),
        ];
        for (field, change) in changes {
            let mut settings = settings();
            change(&mut settings);
            assert_eq!(settings.url().unwrap_err().field, *field);
        }
        let mut trusted = settings();
        trusted.base_url = "http://vllm:8000/v1".to_owned();
        trusted.plain_http = true;
        assert!(trusted.url().is_ok());
    }

    #[test]
    fn debug_shows_no_key() {
        assert!(!format!("{:?}", settings()).contains("CANARY"));
    }
}
