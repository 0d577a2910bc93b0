//! Errors of servers: what a status and the body of an error mean, in the shapes of many servers.

use reqwest::header::HeaderMap;
use serde_json::Value;
use tickmate_ai_http::{Failure, wait};
use tickmate_core::backend::llm::{LlmError, Prompt};

use crate::settings::OpenAiSettings;

/// Words that show that a refusal is about the form of the answer.
const FORM: [&str; 8] = [
    "response_format",
    "response format",
    "json_schema",
    "json schema",
    "json_object",
    "json mode",
    "structured output",
    "grammar",
];
/// Words that show that a parameter is refused for its name and not for its value.
const UNKNOWN: [&str; 7] = [
    "unsupported_parameter",
    "unsupported parameter",
    "not supported",
    "unknown",
    "unrecognized",
    "unexpected",
    "extra",
];
/// Words that show that a limit is a daily one.
const DAILY: [&str; 5] = ["per day", "per-day", "perday", "(rpd)", "(tpd)"];

/// The body of an error; every member may be missing.
#[derive(Debug, Default)]
pub(crate) struct ErrorBody {
    pub(crate) status: u16,
    /// `type`, `code` and the like, where they are words.
    codes: Vec<String>,
    param: String,
    message: String,
    /// What a router's provider said, or the details, as text.
    details: String,
    /// Whether a router's moderation withheld the question.
    is_flagged: bool,
}

impl ErrorBody {
    /// Reads the body of an error.
    pub(crate) fn of(status: u16, body: &[u8]) -> Self {
        let body: Option<Value> = serde_json::from_slice(body).ok();
        let said = body.as_ref().map(read).unwrap_or_default();
        Self { status, ..said }
    }

    /// Parses an error that was sent with a successful status; `None` if the body is not an error. Its status is the
    /// code, or the one that the words imply.
    pub(crate) fn hidden(body: &[u8]) -> Option<Self> {
        let body: Value = serde_json::from_slice(body).ok()?;
        let is_error = |error: &&Value| error.is_object() || error.is_string();
        let error = first(&body).get("error").filter(is_error);
        let of_choice = body.pointer("/choices/0/error").filter(is_error);
        let said = match (error, of_choice) {
            (Some(_), _) => read(&body),
            (None, Some(error)) => read_error(error),
            (None, None) => return None,
        };
        let status = match said.status {
            400..=599 => said.status,
            _ => said.status_in_words()?,
        };
        Some(Self { status, ..said })
    }

    fn status_in_words(&self) -> Option<u16> {
        self.codes.iter().find_map(|code| match code.as_str() {
            "insufficient_quota" | "rate_limit_exceeded" | "rate_limit_error" => Some(429),
            "authentication_error" | "invalid_api_key" => Some(401),
            "permission_error" => Some(403),
            "not_found_error" | "model_not_found" | "NotFoundError" => Some(404),
            "invalid_request_error" | "BadRequestError" | "context_length_exceeded" => Some(400),
            "server_error" | "api_error" | "unavailable_error" | "overloaded_error" => Some(503),
            _ => None,
        })
    }

    /// Everything it says, in lower case.
    fn words(&self) -> String {
        let all = [
            self.codes.join(" ").as_str(),
            &self.param,
            &self.message,
            &self.details,
        ]
        .join(" ");
        all.to_lowercase()
    }

    /// Returns whether the error is about the requested JSON form of the answer.
    pub(crate) fn is_about_form(&self) -> bool {
        let words = self.words();
        FORM.iter().any(|word| words.contains(word))
    }

    /// Whether it refuses a parameter for its name.
    pub(crate) fn is_about_parameter(&self, name: &str) -> bool {
        let words = self.words();
        words.contains(name) && UNKNOWN.iter().any(|word| words.contains(word))
    }

    /// Returns whether the provider withheld the question because of its content, which is not an error.
    pub(crate) fn is_blocked(&self) -> bool {
        let is_filter = |code: &String| {
            [
                "content_filter",
                "content_policy_violation",
                "responsibleaipolicyviolation",
            ]
            .contains(&code.to_ascii_lowercase().as_str())
        };
        match self.status {
            400 | 422 => self.codes.iter().any(is_filter),
            403 => self.is_flagged || self.codes.iter().any(is_filter),
            _ => false,
        }
    }

    fn has(&self, codes: &[&str]) -> bool {
        self.codes.iter().any(|code| codes.contains(&code.as_str()))
    }

    /// Returns whether the error is about credit or a purchased quota, which waiting does not restore.
    fn is_spent(&self) -> bool {
        let of_money = |code: &String| {
            ["quota", "billing", "credit", "spend"]
                .iter()
                .any(|word| code.to_ascii_lowercase().contains(word))
        };
        self.codes.iter().any(of_money)
    }

    /// What it means for the desk.
    pub(crate) fn meaning(
        &self,
        headers: &HeaderMap,
        settings: &OpenAiSettings,
        prompt: &Prompt,
    ) -> LlmError {
        let is_key_wrong = self.status == 401
            || self.has(&["invalid_api_key", "authentication_error", "API_KEY_INVALID"])
            || self.status == 400 && self.details.contains("API_KEY_INVALID");
        let no_words = self.message.trim().is_empty();
        let message = match self.status {
            // The message about an invalid key may contain a part of it.
            _ if is_key_wrong => "the key is missing or not valid",
            404 if no_words => "there is no such model, or no chat completions at this address",
            _ => &self.message,
        };
        let codes: Vec<&str> = self
            .codes
            .iter()
            .map(String::as_str)
            .chain([self.param.as_str()])
            .collect();
        let key = settings.api_key.as_ref();
        let source = Box::new(Failure::said(self.status, &codes, message, key, prompt));
        let asked = wait::retry_after(headers);
        let is_limit = matches!(self.status, 402 | 403 | 429);
        let retry_after = match self.status {
            429 => asked
                .or_else(|| wait::rate_limit_reset(headers))
                .or_else(|| wait::in_words(&self.message))
                .or_else(|| wait::in_words(&self.details)),
            _ => asked,
        };
        match self.status {
            _ if is_key_wrong => LlmError::Misconfigured(source),
            402 => LlmError::Exhausted {
                retry_after,
                source,
            },
            _ if is_limit && self.is_spent() => LlmError::Exhausted {
                retry_after,
                source,
            },
            429 if self.is_daily() => LlmError::Exhausted {
                retry_after,
                source,
            },
            403 | 404 | 405 | 410 | 501 => LlmError::Misconfigured(source),
            // A setting that the model doesn't take, or no such model or region.
            400 | 422
                if self.has(&[
                    "unsupported_parameter",
                    "unsupported_value",
                    "model_not_found",
                    "unsupported_country_region_territory",
                ]) =>
            {
                LlmError::Misconfigured(source)
            }
            408 | 409 | 425 | 429 => LlmError::Unavailable {
                retry_after,
                source,
            },
            400..=499 => LlmError::Rejected(source),
            500..=599 => LlmError::Unavailable {
                retry_after,
                source,
            },
            _ => LlmError::Garbled(source),
        }
    }

    fn is_daily(&self) -> bool {
        let words = self.words();
        DAILY.iter().any(|word| words.contains(word))
    }
}

/// The object itself, or the first of a list.
fn first(body: &Value) -> &Value {
    match body {
        Value::Array(list) => list.first().unwrap_or(body),
        other => other,
    }
}

/// Reads an error from wherever a server puts it: `error` as an object or a text, the body itself, or `detail`.
fn read(body: &Value) -> ErrorBody {
    let body = first(body);
    match (body.get("error"), body.get("detail")) {
        (Some(error @ Value::Object(_)), _) => read_error(error),
        (Some(Value::String(message)), _) => ErrorBody {
            message: message.clone(),
            ..ErrorBody::default()
        },
        (_, Some(Value::String(message))) => ErrorBody {
            message: message.clone(),
            ..ErrorBody::default()
        },
        (_, Some(detail)) => ErrorBody {
            details: detail.to_string(),
            ..ErrorBody::default()
        },
        (_, None) => read_error(body),
    }
}

fn read_error(error: &Value) -> ErrorBody {
    let text = |value: &Value, name: &str| {
        let text = value.get(name).and_then(Value::as_str);
        text.unwrap_or_default().to_owned()
    };
    if let Value::String(message) = error {
        return ErrorBody {
            message: message.clone(),
            ..ErrorBody::default()
        };
    }
    // A number with some servers, and a word with others.
    let code = match error.get("code") {
        Some(Value::Number(code)) => code.as_u64(),
        Some(Value::String(code)) => code.parse().ok(),
        _ => None,
    };
    let is_word = |code: &String| !code.is_empty() && code.parse::<u64>().is_err();
    let names = ["type", "code", "status"].map(|name| text(error, name));
    let details = ["metadata", "details", "innererror"].map(|name| match error.get(name) {
        Some(value) if !value.is_null() => value.to_string(),
        _ => String::new(),
    });
    let inner = error.pointer("/innererror/code").and_then(Value::as_str);
    let reasons = error.pointer("/metadata/reasons").and_then(Value::as_array);
    ErrorBody {
        status: code.and_then(|code| u16::try_from(code).ok()).unwrap_or(0),
        codes: names
            .into_iter()
            .chain(inner.map(str::to_owned))
            .filter(is_word)
            .collect(),
        param: text(error, "param"),
        message: text(error, "message"),
        details: details.concat(),
        is_flagged: reasons.is_some_and(|reasons| !reasons.is_empty()),
    }
}

#[cfg(test)]
mod tests;
