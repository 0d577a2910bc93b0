//! Which models analyze tickets, in which order, and within which bounds.

mod provider;
#[cfg(test)]
mod tests;

use std::time::Duration;

use clap::{Args, ValueEnum};
use tickmate::{domain::models::Budget, gemini, openai};
use tickmate_ai_http::{ApiKey, SettingsError, Timeouts, endpoint};

pub use self::provider::{Model, Provider};
use super::{
    Problem,
    variables::{Values, number, number_in},
};

const CHAIN: &str = "AI_CHAIN";
const TIMEOUT: &str = "AI_TIMEOUT_SECONDS";
const BOUNDS: [&str; 4] = [
    "AI_DAILY_CALLS",
    "AI_DAILY_TOKENS",
    "AI_CONCURRENCY",
    TIMEOUT,
];
/// The fewest tokens of a day: one question and what is reserved for its answer take up to some ten thousand.
const MIN_TOKENS: u64 = 20_000;
/// The most calls or tokens of a day.
const MAX: u64 = 1_000_000_000_000;
/// The models that are asked where no variable names one.
const GEMINI_MODEL: &str = "gemini-3.5-flash-lite";
const OPENAI_MODEL: &str = "gpt-5-mini";

#[derive(Args)]
#[command(next_help_heading = "Models: without any the embedded analyzer analyzes tickets")]
#[command(rename_all = "SCREAMING_SNAKE_CASE")]
pub(super) struct ModelVariables {
    /// The key of Google Gemini, which analyzes tickets then
    #[arg(long, hide_env_values = true, value_parser = api_key)]
    gemini_api_key: Option<ApiKey>,
    /// Which of Gemini's models
    #[arg(long, default_value = GEMINI_MODEL)]
    gemini_model: String,
    /// The URL of Gemini, with the version of its API: https, or http on this machine
    #[arg(long, default_value = gemini::DEFAULT_BASE_URL, value_parser = base_url)]
    gemini_base_url: String,
    /// The key of OpenAI or of a server that speaks its chat completions, which analyzes tickets then
    #[arg(long, hide_env_values = true, value_parser = api_key)]
    openai_api_key: Option<ApiKey>,
    /// Which of its models; must be set where there is no key
    #[arg(long, default_value = OPENAI_MODEL)]
    openai_model: String,
    /// The URL of that server: https, or http on this machine (`http://localhost:11434/v1` is Ollama); a server without
    /// keys needs no key
    #[arg(long, default_value = openai::OPENAI_BASE_URL, value_parser = base_url)]
    openai_base_url: String,
    /// Which of those that are set up is asked first and which next; the embedded analyzer is always the last
    #[arg(long, default_value = "gemini,openai", value_parser = chain)]
    ai_chain: Chain,
    /// The most calls of models a day (UTC), 1 or more; after them the embedded analyzer is used
    #[arg(long, value_parser = number_in::<u64>(1..=MAX, "from 1 on; without it there is no bound"))]
    ai_daily_calls: Option<u64>,
    /// The most tokens of a day's calls, of questions and answers together, 20000 or more: one question takes up to some
    /// ten thousand
    #[arg(long, value_parser = number_in::<u64>(MIN_TOKENS..=MAX, "from 20000 on, as one question takes up to some ten \
                                                thousand; without it there is no bound"))]
    ai_daily_tokens: Option<u64>,
    /// How many questions are under way at most, 1 to 12
    #[arg(long, default_value = "4", value_parser = number::<u32>(1..=12))]
    ai_concurrency: u32,
    /// How many seconds a model may take to answer, 1 to 30
    #[arg(long, default_value = "20", value_parser = number::<u64>(1..=30))]
    ai_timeout_seconds: u64,
}

/// Providers, each once, in the order in which they are asked.
#[derive(Clone)]
struct Chain(Vec<Provider>);

/// Which models analyze tickets.
#[derive(Debug)]
pub(crate) struct Models {
    /// The models in the order in which they are asked; the embedded analyzer comes after them all.
    pub(crate) chain: Vec<Model>,
    /// The variables that chose them.
    pub(crate) by: Vec<&'static str>,
    /// The variables that set the bounds.
    pub(crate) bounded_by: Vec<&'static str>,
    /// What a day's calls may come to.
    pub(crate) budget: Budget,
    /// How many questions are under way at most.
    pub(crate) concurrency: u32,
}

/// Reads how the model of one provider is reached, whether the chain names it or not.
///
/// # Errors
/// Every value of it that can't be taken, and the variable that is missing.
pub fn model(values: &Values, provider: Provider) -> Result<Model, Vec<Problem>> {
    let [key, name, base_url] = provider.variables();
    let values = values.only(&[key, name, base_url, TIMEOUT]);
    let variables: ModelVariables = values.parse()?;
    let model = variables.model(&values, provider)?;
    model.ok_or_else(|| provider.demanded().into())
}

/// Reads the model that a variable names for this provider, or none.
///
/// # Errors
/// The variable that is no text.
pub fn model_name(values: &Values, provider: Provider) -> Result<Option<String>, Vec<Problem>> {
    let [_, name, _] = provider.variables();
    let variables: ModelVariables = values.only(&[name]).parse()?;
    let model = || variables.access(provider).1.to_owned();
    Ok(values.is_set(name).then(model))
}

impl ModelVariables {
    /// Returns which models are asked.
    pub(super) fn models(&self, values: &Values) -> Result<Models, Vec<Problem>> {
        let (mut chain, mut problems) = (Vec::new(), Vec::new());
        let is_ordered = values.is_set(CHAIN);
        for &provider in Provider::value_variants() {
            match self.model(values, provider) {
                Ok(Some(model)) => chain.push(model),
                Err(problem) => problems.push(problem),
                Ok(None) if is_ordered && self.ai_chain.0.contains(&provider) => {
                    let what = format!("names {}, but {}", provider.as_str(), provider.missing());
                    problems.push(Problem::new(CHAIN, what));
                }
                Ok(None) => {}
            }
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        let order = &self.ai_chain.0;
        let place = |model: &Model| order.iter().position(|one| *one == model.provider);
        chain.retain(|model| place(model).is_some());
        chain.sort_by_key(place);
        let by = chain.iter().map(|model| model.by);
        Ok(Models {
            by: by.chain(is_ordered.then_some(CHAIN)).collect(),
            chain,
            bounded_by: values.set_of(&BOUNDS),
            budget: Budget {
                calls: self.ai_daily_calls,
                tokens: self.ai_daily_tokens,
            },
            concurrency: self.ai_concurrency,
        })
    }

    /// Returns the key, the model and the base URL of a provider.
    const fn access(&self, provider: Provider) -> (Option<&ApiKey>, &str, &str) {
        match provider {
            Provider::Gemini => (
                self.gemini_api_key.as_ref(),
                self.gemini_model.as_str(),
                self.gemini_base_url.as_str(),
            ),
            Provider::OpenAi => (
                self.openai_api_key.as_ref(),
                self.openai_model.as_str(),
                self.openai_base_url.as_str(),
            ),
        }
    }

    fn timeouts(&self) -> Timeouts {
        let total = Duration::from_secs(self.ai_timeout_seconds);
        Timeouts {
            connect: Timeouts::default().connect.min(total),
            total,
        }
    }
}

/// Returns a warning for each variable that has a value and no effect.
pub(super) fn warnings(values: &Values, models: &Models) -> Vec<String> {
    let mut lines = Vec::new();
    let mut warn = |names: &[&'static str], why: &str| {
        let names = values.set_of(names).into_iter();
        lines.extend(names.map(|name| format!("{name} is set, but has no effect: {why}")));
    };
    for &provider in Provider::value_variants() {
        if models.chain.iter().any(|one| one.provider == provider) {
            continue;
        }
        let why = match provider.is_set_up(values) {
            true => format!("{CHAIN} does not name {}", provider.as_str()),
            false => provider.missing(),
        };
        warn(&provider.variables(), &why);
    }
    if models.chain.is_empty() {
        warn(&BOUNDS, "no model is set up");
    }
    lines
}

fn chain(text: &str) -> Result<Chain, String> {
    let mut chain = Vec::new();
    for word in text.split(',').map(str::trim) {
        let provider = Provider::from_str(word, true)
            .map_err(|_| "must be gemini, openai, or both with a comma between")?;
        if chain.contains(&provider) {
            return Err(format!("names {} twice", provider.as_str()));
        }
        chain.push(provider);
    }
    Ok(Chain(chain))
}

fn api_key(text: &str) -> Result<ApiKey, String> {
    ApiKey::new(text).map_err(|error| reason(&error))
}

/// Parses the URL of a provider. Tickets travel encrypted, with a key or without.
fn base_url(text: &str) -> Result<String, String> {
    endpoint(text, &[], true, true).map_err(|error| reason(&error))?;
    endpoint(text, &[], true, false).map_err(|_| {
        "must be https: over http others on the network could read tickets and key (http is allowed for this machine alone)"
    })?;
    Ok(text.to_owned())
}

/// Returns what an adapter says of its field, without the field.
fn reason(error: &SettingsError) -> String {
    let line = error.to_string();
    let reason = line.strip_prefix(error.field).unwrap_or(&line).trim();
    reason.replace("api_key", "their own variable")
}
