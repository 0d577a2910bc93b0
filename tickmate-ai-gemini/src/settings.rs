//! Settings: which model, whose key, and bounds.

use reqwest::Url;
use tickmate_ai_http::{
    ApiKey, DEFAULT_MAX_ANSWER_BYTES, SettingsError, Timeouts, check_limits, endpoint,
};

/// Google's own server, with the version of the API.
pub const DEFAULT_BASE_URL: &str = "https://generativelanguage.googleapis.com/v1beta";

/// The most characters of a model's name.
const MAX_MODEL: usize = 100;

/// How to reach a model.
#[derive(Debug, Clone, PartialEq)]
pub struct GeminiSettings {
    /// The key, which goes into the header `x-goog-api-key` and nowhere else.
    pub api_key: ApiKey,
    /// The model, such as `gemini-flash-lite-latest`, with or without `models/` in front.
    pub model: String,
    /// Where it is, with the version of the API: [`DEFAULT_BASE_URL`], or a proxy's. A slash at its end makes no
    /// difference.
    pub base_url: String,
    /// Whether the key may be sent unencrypted to another machine. Default: false.
    pub plain_http: bool,
    /// The timeouts of a request.
    pub timeouts: Timeouts,
    /// The maximum size of an answer in bytes, from 1 KiB to 16 MiB. Default: 64 KiB.
    pub max_answer_bytes: usize,
    /// How much the model thinks; `None` leaves it to the model.
    pub thinking: Option<Thinking>,
    /// The sampling parameters. Recent models work best without them.
    pub sampling: Sampling,
}

impl GeminiSettings {
    /// Google's own server, with all else as the model has it.
    pub fn new(api_key: ApiKey, model: impl Into<String>) -> Self {
        Self {
            api_key,
            model: model.into(),
            base_url: DEFAULT_BASE_URL.to_owned(),
            plain_http: false,
            timeouts: Timeouts::default(),
            max_answer_bytes: DEFAULT_MAX_ANSWER_BYTES,
            thinking: None,
            sampling: Sampling::default(),
        }
    }

    /// The model's name without `models/`.
    pub(crate) fn model_name(&self) -> &str {
        let name = self.model.trim();
        name.strip_prefix("models/").unwrap_or(name)
    }

    /// Validates all settings, and returns the URL of requests.
    pub(crate) fn url(&self) -> Result<Url, SettingsError> {
        let model = self.model_name();
        let is_name = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
        if model.is_empty() || model.len() > MAX_MODEL || !model.bytes().all(is_name) {
            return Err(SettingsError::new("model", "is no name of a model"));
        }
        check_limits(&self.timeouts, self.max_answer_bytes)?;
        self.sampling.check()?;
        let method = format!("{model}:generateContent");
        endpoint(&self.base_url, &["models", &method], true, self.plain_http)
    }
}

/// How much a model thinks before it answers. Thinking is billed as output, and counts towards the token limit of the
/// answer: the limit that is sent is that of the question plus the tokens for thinking.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Thinking {
    /// No thinking. Only for models of the 2.5 family that support it: a `thinkingBudget` of 0.
    Off,
    /// The model decides. For models of the 2.5 family: a `thinkingBudget` of −1.
    Dynamic,
    /// At most this many tokens. For models of the 2.5 family: a `thinkingBudget`.
    Budget(u32),
    /// A level of thinking. For models of the 3 family and later: a `thinkingLevel`.
    Level(ThinkingLevel),
}

/// The thinking level of a model of the 3 family or later.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ThinkingLevel {
    /// The minimum; some models refuse it.
    Minimal,
    /// A little.
    Low,
    /// What most models do by themselves.
    Medium,
    /// A lot.
    High,
}

impl ThinkingLevel {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Minimal => "MINIMAL",
            Self::Low => "LOW",
            Self::Medium => "MEDIUM",
            Self::High => "HIGH",
        }
    }
}

impl Thinking {
    /// Returns the tokens to add to the limit of an answer. For levels these are the budgets that Google documents for
    /// levels of effort.
    pub(crate) const fn room(self) -> u32 {
        match self {
            Self::Off | Self::Level(ThinkingLevel::Minimal) => 0,
            Self::Budget(tokens) => tokens,
            Self::Level(ThinkingLevel::Low) => 1_024,
            Self::Level(ThinkingLevel::Medium) => 8_192,
            Self::Dynamic | Self::Level(ThinkingLevel::High) => 24_576,
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
    /// From how many words is chosen, at least 1.
    pub top_k: Option<u32>,
    /// The same seed gives the same answer, as far as the provider can.
    pub seed: Option<i32>,
}

impl Sampling {
    fn check(&self) -> Result<(), SettingsError> {
        let is_temperature = |t: f32| (0.0..=2.0).contains(&t);
        if !self.temperature.is_none_or(is_temperature) {
            let reason = "holds a temperature that is not between 0 and 2";
            return Err(SettingsError::new("sampling", reason));
        }
        if !self.top_p.is_none_or(|p| p > 0.0 && p <= 1.0) {
            let reason = "holds a top_p that is not above 0 and at most 1";
            return Err(SettingsError::new("sampling", reason));
        }
        if self.top_k == Some(0) {
            return Err(SettingsError::new("sampling", "holds a top_k of 0"));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings() -> GeminiSettings {
        GeminiSettings::new(ApiKey::new("CANARY-1").unwrap(), "gemini-9-flash")
    }

    #[test]
    fn questions_go_to_the_model() {
        let at_google = "https://generativelanguage.googleapis.com/v1beta/models/gemini-9-flash:generateContent";
        assert_eq!(settings().url().unwrap().as_str(), at_google);
        let mut proxied = settings();
        proxied.model = " models/gemini-9-flash\n".to_owned();
        proxied.base_url = "http://localhost:1/g/v1/".to_owned();
        assert_eq!(
            proxied.url().unwrap().as_str(),
            "http://localhost:1/g/v1/models/gemini-9-flash:generateContent"
        );
    }

    #[test]
    fn wrong_settings_name_the_field() {
        type Change = fn(&mut GeminiSettings);
        let changes: &[(&str, Change)] = &[
            ("model", |s| s.model = String::new()),
            ("model", |s| s.model = "models/".to_owned()),
            ("model", |s| s.model = "../keys".to_owned()),
            ("model", |s| s.model = "a?key=b".to_owned()),
            ("model", |s| s.model = "x".repeat(200)),
            ("base_url", |s| s.base_url = "gemini".to_owned()),
            ("base_url", |s| {
                s.base_url = "http://proxy.example/v1".to_owned()
            }),
            ("timeouts", |s| s.timeouts.total = std::time::Duration::ZERO),
            ("max_answer_bytes", |s| s.max_answer_bytes = 10),
            ("sampling", |s| s.sampling.temperature = Some(f32::NAN)),
            ("sampling", |s| s.sampling.temperature = Some(2.1)),
            ("sampling", |s| s.sampling.top_p = Some(0.0)),
            ("sampling", |s| s.sampling.top_k = Some(0)),
        ];
        for (field, change) in changes {
            let mut settings = settings();
            change(&mut settings);
            assert_eq!(settings.url().unwrap_err().field, *field);
        }
    }

    #[test]
    fn debug_shows_no_key() {
        assert!(!format!("{:?}", settings()).contains("CANARY"));
    }
}
