//! How the server logs.

use std::io::{self, IsTerminal};

use clap::Args;
use tracing_subscriber::{EnvFilter, fmt, prelude::*};

#[derive(Args)]
#[command(next_help_heading = "Logs, on standard error")]
#[command(rename_all = "SCREAMING_SNAKE_CASE")]
pub(super) struct LogVariables {
    /// The format: human or json
    #[arg(long, default_value = "human", value_parser = ["human", "json"])]
    log_format: String,
    /// The level: off, error, warn, info, debug or trace
    #[arg(long, default_value = "info", ignore_case = true,
          value_parser = ["off", "error", "warn", "info", "debug", "trace"])]
    log_level: String,
    /// The level by module (`info,tickmate_jobs=debug`); takes precedence over `LOG_LEVEL`
    #[arg(long, value_parser = filter)]
    rust_log: Option<String>,
}

/// How the server logs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Logs {
    /// One JSON object a line, instead of text for people.
    pub(crate) json: bool,
    /// What is logged.
    pub(crate) filter: String,
}

impl From<LogVariables> for Logs {
    fn from(variables: LogVariables) -> Self {
        let level = variables.log_level.to_lowercase();
        Self {
            json: variables.log_format == "json",
            filter: variables.rust_log.unwrap_or(level),
        }
    }
}

fn filter(text: &str) -> Result<String, &'static str> {
    let filter = EnvFilter::try_new(text).map(|_| text.to_owned());
    filter.map_err(|_| "must be of the form info,tickmate_jobs=debug")
}

impl Logs {
    /// Starts to log to standard error.
    pub(crate) fn start(&self) {
        let filter = EnvFilter::new(&self.filter);
        let json = self
            .json
            .then(|| fmt::layer().json().with_writer(io::stderr));
        let text = (!self.json).then(|| {
            let layer = fmt::layer().with_target(false).with_writer(io::stderr);
            // On a terminal the layer looks at NO_COLOR itself.
            match io::stderr().is_terminal() {
                true => layer,
                false => layer.with_ansi(false),
            }
        });
        let registry = tracing_subscriber::registry().with(filter);
        // It fails only where something else logs already.
        drop(registry.with(json).with(text).try_init());
    }
}
