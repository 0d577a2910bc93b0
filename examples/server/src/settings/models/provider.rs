//! One provider: how its model is reached.

use std::{error::Error, sync::Arc, time::Duration};

use tickmate::{
    backend::llm::{Llm, ModelId},
    gemini::{self, GeminiLlm, GeminiSettings},
    openai::{self, OpenAiLlm, OpenAiSettings},
};
use tickmate_ai_http::{ApiKey, SettingsError, Timeouts, client, endpoint};
use url::Url;

use super::{Problem, Values, keep};

/// The models that are asked where none is named. Names age: both are variables.
const GEMINI_MODEL: &str = "gemini-3.5-flash-lite";
const OPENAI_MODEL: &str = "gpt-5-mini";

/// Whose model it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Provider {
    /// Google Gemini.
    Gemini,
    /// OpenAI, or a server that speaks its chat completions.
    OpenAi,
}

/// How a model is reached.
#[derive(Debug, Clone)]
pub enum Model {
    /// One of Gemini's.
    Gemini(GeminiSettings),
    /// One of OpenAI's or of its like.
    OpenAi(OpenAiSettings),
}

/// The names of a provider's variables.
struct Names {
    key: &'static str,
    model: &'static str,
    base_url: &'static str,
}

impl Provider {
    /// Every provider, in the order in which they are asked unless another one is set.
    pub const ALL: [Self; 2] = [Self::Gemini, Self::OpenAi];

    /// The word in `AI_CHAIN`, on the command line and in a model's identity.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Gemini => "gemini",
            Self::OpenAi => "openai",
        }
    }

    const fn names(self) -> Names {
        match self {
            Self::Gemini => Names {
                key: "GEMINI_API_KEY",
                model: "GEMINI_MODEL",
                base_url: "GEMINI_BASE_URL",
            },
            Self::OpenAi => Names {
                key: "OPENAI_API_KEY",
                model: "OPENAI_MODEL",
                base_url: "OPENAI_BASE_URL",
            },
        }
    }

    pub(super) const fn variables(self) -> [&'static str; 3] {
        let names = self.names();
        [names.key, names.model, names.base_url]
    }

    /// Whether enough is set to ask it.
    pub(super) fn is_set_up(self, values: &Values) -> bool {
        let names = self.names();
        let needs_no_key = self == Self::OpenAi;
        values.secret(names.key).is_some() || needs_no_key && values.get(names.base_url).is_some()
    }

    /// What is missing where it is not set up.
    pub(crate) fn missing(self) -> String {
        let names = self.names();
        match self {
            Self::Gemini => format!("{} is not set", names.key),
            Self::OpenAi => format!("neither {} nor {} is set", names.key, names.base_url),
        }
    }

    pub(super) fn demanded(self) -> Problem {
        let names = self.names();
        let what = match self {
            Self::Gemini => "is not set".to_owned(),
            Self::OpenAi => format!("is not set, and {} is not either", names.base_url),
        };
        Problem::new(names.key, what)
    }

    /// The model that is asked for by these values.
    pub fn named(self, values: &Values) -> Option<&str> {
        values.get(self.names().model)
    }

    /// Its model without a key, as it is known by a cassette.
    pub fn id(self, model: Option<&str>) -> ModelId {
        let default = match self {
            Self::Gemini => GEMINI_MODEL,
            Self::OpenAi => OPENAI_MODEL,
        };
        let model = model.unwrap_or(default);
        ModelId {
            provider: self.as_str().to_owned(),
            model: match self {
                Self::Gemini => model.strip_prefix("models/").unwrap_or(model),
                Self::OpenAi => model,
            }
            .to_owned(),
        }
    }

    /// How its model is reached; none where it is not set up.
    ///
    /// # Errors
    /// Every value that can't be taken.
    pub(super) fn model(
        self,
        values: &Values,
        timeouts: Timeouts,
    ) -> Result<Option<Model>, Vec<Problem>> {
        if !self.is_set_up(values) {
            return Ok(None);
        }
        let mut problems = Vec::new();
        let names = self.names();
        let key = values.secret(names.key).map(ApiKey::new).transpose();
        let key = keep(
            &mut problems,
            key.map_err(|error| problem(names.key, &error)),
        );
        let base_url = values.get(names.base_url);
        let base_url = base_url.unwrap_or(match self {
            Self::Gemini => gemini::DEFAULT_BASE_URL,
            Self::OpenAi => openai::OPENAI_BASE_URL,
        });
        keep(&mut problems, check_url(names.base_url, base_url));
        if matches!(key, Some(None)) && values.get(names.model).is_none() {
            let what = format!(
                "is missing: {} is set without {}",
                names.base_url, names.key
            );
            problems.push(Problem::new(names.model, what));
        }
        let (Some(key), true) = (key, problems.is_empty()) else {
            return Err(problems);
        };
        let name = self.id(self.named(values)).model;
        let model = match (self, key) {
            (Self::Gemini, Some(key)) => Model::Gemini(GeminiSettings {
                base_url: base_url.to_owned(),
                timeouts,
                ..GeminiSettings::new(key, name)
            }),
            (Self::Gemini, None) => return Ok(None),
            (Self::OpenAi, key) => Model::OpenAi(OpenAiSettings {
                timeouts,
                // Not every server holds its models to a schema.
                schema_in_prompt: base_url.trim_end_matches('/') != openai::OPENAI_BASE_URL,
                ..OpenAiSettings::compatible(self.as_str(), base_url, key, name)
            }),
        };
        match model.adapter() {
            Err(AdapterError::Settings(error)) => Err(vec![problem(
                match error.field {
                    "model" => names.model,
                    "base_url" => names.base_url,
                    _ => names.key,
                },
                &error,
            )]),
            Ok(_) | Err(AdapterError::Client(_)) => Ok(Some(model)),
        }
    }
}

/// Why there is no adapter.
#[derive(Debug)]
pub(crate) enum AdapterError {
    /// The settings can't be right.
    Settings(SettingsError),
    /// There is no HTTP client.
    Client(tickmate_ai_http::ClientError),
}

impl AdapterError {
    /// The error itself.
    pub(crate) fn inner(&self) -> &dyn Error {
        match self {
            Self::Settings(error) => error,
            Self::Client(error) => error,
        }
    }
}

impl Model {
    /// Whose it is.
    pub(crate) const fn provider(&self) -> Provider {
        match self {
            Self::Gemini(_) => Provider::Gemini,
            Self::OpenAi(_) => Provider::OpenAi,
        }
    }

    /// The variable that set it up.
    pub(super) fn chosen_by(&self, values: &Values) -> &'static str {
        let names = self.provider().names();
        match values.secret(names.key) {
            Some(_) => names.key,
            None => names.base_url,
        }
    }

    /// Its identity, as it stands at tickets.
    pub fn id(&self) -> ModelId {
        self.provider().id(Some(self.named().0))
    }

    /// Which model is asked where, in words.
    pub(crate) fn words(&self) -> String {
        let (model, base_url) = self.named();
        let url = Url::parse(base_url).ok();
        let host = url.as_ref().and_then(|url| {
            let port = url.port().map_or(String::new(), |port| format!(":{port}"));
            url.host_str().map(|host| format!("{host}{port}"))
        });
        let (provider, host) = (self.provider().as_str(), host.unwrap_or_default());
        format!("{provider} ({model} at {host})")
    }

    /// Its name, and where it is.
    fn named(&self) -> (&str, &str) {
        match self {
            Self::Gemini(settings) => (&settings.model, &settings.base_url),
            Self::OpenAi(settings) => (&settings.model, &settings.base_url),
        }
    }

    /// How long a question may take.
    pub(crate) const fn patience(&self) -> Duration {
        match self {
            Self::Gemini(settings) => settings.timeouts.total,
            Self::OpenAi(settings) => settings.timeouts.total,
        }
    }

    /// The adapter. It connects to nobody before it is asked.
    ///
    /// # Errors
    /// Settings that can't be right, and no HTTP client.
    pub(crate) fn adapter(&self) -> Result<Arc<dyn Llm>, AdapterError> {
        Ok(match self {
            Self::Gemini(settings) => {
                let client = client(&settings.timeouts).map_err(AdapterError::Client)?;
                let llm = GeminiLlm::new(client, settings.clone());
                Arc::new(llm.map_err(AdapterError::Settings)?)
            }
            Self::OpenAi(settings) => {
                let client = client(&settings.timeouts).map_err(AdapterError::Client)?;
                let llm = OpenAiLlm::new(client, settings.clone());
                Arc::new(llm.map_err(AdapterError::Settings)?)
            }
        })
    }
}

/// Tickets travel encrypted, with a key or without.
fn check_url(name: &'static str, base_url: &str) -> Result<(), Problem> {
    endpoint(base_url, &[], true, true).map_err(|error| problem(name, &error))?;
    endpoint(base_url, &[], true, false).map_err(|_| {
        let what = "must be https: whoever is on the way could read tickets and key (http is for this machine alone)";
        Problem::new(name, what)
    })?;
    Ok(())
}

/// What an adapter says of its field, said of the variable.
fn problem(name: &'static str, error: &SettingsError) -> Problem {
    let line = error.to_string();
    let what = line.strip_prefix(error.field).unwrap_or(&line).trim();
    Problem::new(name, what.replace("api_key", "their own variable"))
}
