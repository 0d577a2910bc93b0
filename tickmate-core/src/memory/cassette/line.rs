//! The text line of an exchange in a cassette.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Exchange, Kind, Refusal};
use crate::backend::llm::{Completion, ModelId, StopReason, Usage};

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    key: String,
    provider: String,
    model: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    completion: Option<CompletionRecord>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    error: Option<ErrorRecord>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct CompletionRecord {
    text: String,
    model: String,
    usage: Usage,
    latency_micros: u64,
    #[serde(with = "StopWord")]
    stop: StopReason,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ErrorRecord {
    #[serde(with = "KindWord")]
    kind: Kind,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    retry_after_ms: Option<u64>,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "StopReason", rename_all = "snake_case")]
enum StopWord {
    Done,
    Length,
    Blocked,
    Other,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Kind", rename_all = "snake_case")]
enum KindWord {
    Unavailable,
    Exhausted,
    Misconfigured,
    Rejected,
    Garbled,
}

/// Returns the line of an exchange, with its line end.
pub(super) fn write(exchange: &Exchange) -> String {
    let (completion, error) = match &exchange.outcome {
        Ok(completion) => (Some(CompletionRecord::of(completion)), None),
        Err(refusal) => (None, Some(ErrorRecord::of(*refusal))),
    };
    let line = Line {
        key: exchange.key.clone(),
        provider: exchange.id.provider.clone(),
        model: exchange.id.model.clone(),
        completion,
        error,
    };
    // Serializing only texts and numbers never fails.
    let mut text = serde_json::to_string(&line).unwrap_or_default();
    text.push('\n');
    text
}

/// Reads the exchange of a line. The error describes the fault without showing the content.
pub(super) fn read(text: &str) -> Result<Exchange, String> {
    let line: Line = serde_json::from_str(text).map_err(|error| {
        let what = match error.is_data() {
            true => "a member is missing, unknown or of another kind",
            false => "it is no JSON, or incomplete",
        };
        format!("{what} (column {})", error.column())
    })?;
    let is_digest = line.key.len() == 64 && line.key.bytes().all(|byte| byte.is_ascii_hexdigit());
    if !is_digest {
        return Err("its key is not a SHA-256 in hexadecimal digits".to_owned());
    }
    let outcome = match (line.completion, line.error) {
        (Some(completion), None) => Ok(completion.read()),
        (None, Some(error)) => Err(error.read()?),
        _ => return Err("it must have either a completion or an error".to_owned()),
    };
    Ok(Exchange {
        key: line.key,
        id: ModelId {
            provider: line.provider,
            model: line.model,
        },
        outcome,
    })
}

impl CompletionRecord {
    fn of(completion: &Completion) -> Self {
        Self {
            text: completion.text.clone(),
            model: completion.model.clone(),
            usage: completion.usage,
            latency_micros: u64::try_from(completion.latency.as_micros()).unwrap_or(u64::MAX),
            stop: completion.stop,
        }
    }

    fn read(self) -> Completion {
        Completion {
            text: self.text,
            model: self.model,
            usage: self.usage,
            latency: Duration::from_micros(self.latency_micros),
            stop: self.stop,
        }
    }
}

impl ErrorRecord {
    fn of(refusal: Refusal) -> Self {
        let millis = |wait: Duration| u64::try_from(wait.as_millis()).unwrap_or(u64::MAX);
        Self {
            kind: refusal.kind,
            retry_after_ms: refusal.retry_after.map(millis),
        }
    }

    fn read(self) -> Result<Refusal, String> {
        let allows_delay = matches!(self.kind, Kind::Unavailable | Kind::Exhausted);
        match self.retry_after_ms {
            Some(_) if !allows_delay => {
                Err("its error is of a kind without retryAfterMs".to_owned())
            }
            wait => Ok(Refusal {
                kind: self.kind,
                retry_after: wait.map(Duration::from_millis),
            }),
        }
    }
}
