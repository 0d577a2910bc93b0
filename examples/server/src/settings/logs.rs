//! How the server logs.

use std::io::{self, IsTerminal};

use tracing_subscriber::{EnvFilter, filter::LevelFilter, fmt, prelude::*};

use super::{Problem, variables::Values};

const FORMAT: &str = "LOG_FORMAT";
const LEVEL: &str = "LOG_LEVEL";
const FILTER: &str = "RUST_LOG";

/// How the server logs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Logs {
    /// One JSON object a line, instead of text for people.
    pub(crate) json: bool,
    /// What is logged.
    pub(crate) filter: String,
}

/// Reads how the server logs.
pub(super) fn logs(values: &Values) -> Result<Logs, Vec<Problem>> {
    let json = match values.get(FORMAT) {
        None | Some("human") => Ok(false),
        Some("json") => Ok(true),
        Some(_) => Err(Problem::new(FORMAT, "must be human or json")),
    };
    let filter = match (values.get(FILTER), values.get(LEVEL)) {
        (Some(filter), _) => EnvFilter::try_new(filter)
            .map(|_| filter.to_owned())
            .map_err(|_| Problem::new(FILTER, "must be of the form info,tickmate_jobs=debug")),
        (None, Some(level)) => level
            .parse::<LevelFilter>()
            .map(|level| level.to_string())
            .map_err(|_| Problem::new(LEVEL, "must be off, error, warn, info, debug or trace")),
        (None, None) => Ok("info".to_owned()),
    };
    match (json, filter) {
        (Ok(json), Ok(filter)) => Ok(Logs { json, filter }),
        (json, filter) => Err([json.err(), filter.err()].into_iter().flatten().collect()),
    }
}

impl Logs {
    /// Logs to standard error from here on.
    pub(crate) fn start(&self) {
        let filter = EnvFilter::new(&self.filter);
        let registry = tracing_subscriber::registry().with(filter);
        let started = match self.json {
            true => registry
                .with(fmt::layer().json().with_writer(io::stderr))
                .try_init(),
            false => {
                let layer = fmt::layer().with_target(false).with_writer(io::stderr);
                let layer = match io::stderr().is_terminal() {
                    true => layer,
                    false => layer.with_ansi(false),
                };
                registry.with(layer).try_init()
            }
        };
        // It fails only where something else logs already.
        drop(started);
    }
}
