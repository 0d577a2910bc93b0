//! One provider: how its model is reached.

use std::{fmt, sync::Arc, time::Duration};

use tickmate::{
    backend::llm::{Llm, ModelId},
    gemini::{GeminiLlm, GeminiSettings},
    openai::{self, OpenAiLlm, OpenAiSettings},
};
use tickmate_ai_http::client;
use url::{Position, Url};

use super::{GEMINI_MODEL, ModelVariables, OPENAI_MODEL, Problem, Values, reason};

/// A provider of models.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
#[value(rename_all = "lower")]
pub enum Provider {
    /// Google Gemini.
    Gemini,
    /// OpenAI, or a server that speaks its chat completions.
    OpenAi,
}

/// A model that can be asked.
#[derive(Clone)]
pub struct Model {
    /// Its provider.
    pub(crate) provider: Provider,
    /// Its identity, as tickets record it.
    pub(crate) id: ModelId,
    /// Its adapter, which connects only when it is asked.
    pub llm: Arc<dyn Llm>,
    /// How long a question may take.
    pub(crate) timeout: Duration,
    /// The variable that set it up.
    pub(super) by: &'static str,
    base_url: String,
}

impl Provider {
    /// Returns its name in `AI_CHAIN`, on the command line and in the identity of its models.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Gemini => "gemini",
            Self::OpenAi => "openai",
        }
    }

    /// Returns the variables of its key, its model and its base URL.
    pub(super) const fn variables(self) -> [&'static str; 3] {
        match self {
            Self::Gemini => ["GEMINI_API_KEY", "GEMINI_MODEL", "GEMINI_BASE_URL"],
            Self::OpenAi => ["OPENAI_API_KEY", "OPENAI_MODEL", "OPENAI_BASE_URL"],
        }
    }

    /// Returns whether enough is set to ask it.
    pub(super) fn is_set_up(self, values: &Values) -> bool {
        let [key, _, base_url] = self.variables();
        values.is_set(key) || self == Self::OpenAi && values.is_set(base_url)
    }

    /// Returns what is missing where it is not set up.
    pub(super) fn missing(self) -> String {
        let [key, _, base_url] = self.variables();
        match self {
            Self::Gemini => format!("{key} is not set"),
            Self::OpenAi => format!("neither {key} nor {base_url} is set"),
        }
    }

    /// Returns the problem of a provider that must be set up and is not.
    pub(super) fn demanded(self) -> Problem {
        let [key, _, base_url] = self.variables();
        match self {
            Self::Gemini => Problem::new(key, "is not set"),
            Self::OpenAi => Problem::new(key, format!("is not set, and {base_url} is not either")),
        }
    }

    /// Returns the identity of its model of this name; without a name that of its default model.
    pub fn model_id(self, name: Option<&str>) -> ModelId {
        let model = match self {
            Self::Gemini => {
                let name = name.unwrap_or(GEMINI_MODEL);
                name.strip_prefix("models/").unwrap_or(name)
            }
            Self::OpenAi => name.unwrap_or(OPENAI_MODEL),
        };
        ModelId {
            provider: self.as_str().to_owned(),
            model: model.to_owned(),
        }
    }
}

impl ModelVariables {
    /// Returns the model of a provider; none where it is not set up.
    ///
    /// # Errors
    /// The variable that is missing, or that the adapter refuses.
    pub(super) fn model(
        &self,
        values: &Values,
        provider: Provider,
    ) -> Result<Option<Model>, Problem> {
        if !provider.is_set_up(values) {
            return Ok(None);
        }
        let [key_name, model_name, url_name] = provider.variables();
        let (key, name, base_url) = self.access(provider);
        if key.is_none() && !values.is_set(model_name) {
            let what = format!("is missing: {url_name} is set without {key_name}");
            return Err(Problem::new(model_name, what));
        }
        let (id, timeouts) = (provider.model_id(Some(name)), self.timeouts());
        let client = client(&timeouts)
            .map_err(|error| Problem::new(key_name, format!("is of no use: {error}")))?;
        let llm: Result<Arc<dyn Llm>, _> = match (provider, key.cloned()) {
            (Provider::Gemini, None) => return Ok(None),
            (Provider::Gemini, Some(key)) => {
                let settings = GeminiSettings {
                    base_url: base_url.to_owned(),
                    timeouts,
                    ..GeminiSettings::new(key, id.model.clone())
                };
                GeminiLlm::new(client, settings).map(|llm| Arc::new(llm) as _)
            }
            (Provider::OpenAi, key) => {
                let settings = OpenAiSettings {
                    timeouts,
                    schema_in_prompt: needs_schema_in_prompt(base_url),
                    ..OpenAiSettings::compatible(provider.as_str(), base_url, key, id.model.clone())
                };
                OpenAiLlm::new(client, settings).map(|llm| Arc::new(llm) as _)
            }
        };
        let llm = llm.map_err(|error| {
            let name = match error.field {
                "model" => model_name,
                "base_url" => url_name,
                _ => key_name,
            };
            Problem::new(name, reason(&error))
        })?;
        Ok(Some(Model {
            provider,
            id,
            llm,
            timeout: timeouts.total,
            by: key.map_or(url_name, |_| key_name),
            base_url: base_url.to_owned(),
        }))
    }
}

/// Returns whether the prompt repeats the schema: not every server holds its models to it.
pub(super) fn needs_schema_in_prompt(base_url: &str) -> bool {
    base_url.trim_end_matches('/') != openai::OPENAI_BASE_URL
}

/// Shows no key.
impl fmt::Debug for Model {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Model")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

impl Model {
    /// Describes which model is asked where.
    pub(crate) fn description(&self) -> String {
        let url = Url::parse(&self.base_url).ok();
        let host = url
            .as_ref()
            .map_or("", |url| &url[Position::BeforeHost..Position::AfterPort]);
        let ModelId { provider, model } = &self.id;
        format!("{provider} ({model} at {host})")
    }
}
