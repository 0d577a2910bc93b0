//! Errors of the provider: what a status and the body of an error mean.

use std::time::Duration;

use serde_json::Value;
use tickmate_ai_http::{Answer, ApiKey, Failure, wait};
use tickmate_core::backend::llm::{LlmError, Prompt};

/// Waits up to this length belong to a limit per minute, even if the daily quota is used up as well.
const MINUTE: Duration = Duration::from_secs(60);

/// The body of an error; every member may be missing.
#[derive(Debug, Default)]
struct ErrorBody {
    code: Option<u16>,
    status: String,
    message: String,
    /// `ErrorInfo.reason`.
    reason: String,
    /// `RetryInfo.retryDelay`, or the delay in the message.
    wait: Option<Duration>,
    /// Whether the error names a quota of a longer period than minutes.
    is_long: bool,
}

/// Maps an error response. `model` is the requested model.
pub(crate) fn meaning(answer: &Answer, model: &str, key: &ApiKey, prompt: &Prompt) -> LlmError {
    let said = error_body(&answer.body).unwrap_or_default();
    error(answer.status, said, answer, model, key, prompt)
}

/// Maps an error that was sent with a successful status; `None` if the body is not an error.
pub(crate) fn hidden(
    answer: &Answer,
    model: &str,
    key: &ApiKey,
    prompt: &Prompt,
) -> Option<LlmError> {
    let said = error_body(&answer.body)?;
    let status = said.code.filter(|code| matches!(code, 400..=599))?;
    Some(error(status, said, answer, model, key, prompt))
}

fn error(
    status: u16,
    said: ErrorBody,
    answer: &Answer,
    model: &str,
    key: &ApiKey,
    prompt: &Prompt,
) -> LlmError {
    let is_key_wrong = status == 401 || said.reason.starts_with("API_KEY_");
    let message = match status {
        // The message about an invalid key may contain a part of it.
        _ if is_key_wrong => "the key is not valid".to_owned(),
        404 => format!("there is no model {model} for this key and version of the API"),
        _ => said.message,
    };
    let codes = [said.status.as_str(), said.reason.as_str()];
    let source = Box::new(Failure::said(status, &codes, &message, Some(key), prompt));
    let retry_after = wait::retry_after(&answer.headers).max(said.wait);
    match status {
        _ if is_key_wrong => LlmError::Misconfigured(source),
        // The credit is used up, although the status text is that of a rate limit.
        402 => LlmError::Exhausted {
            retry_after,
            source,
        },
        429 if said.is_long => LlmError::Exhausted {
            retry_after: retry_after.filter(|wait| *wait > MINUTE),
            source,
        },
        400 if said.status == "FAILED_PRECONDITION" => LlmError::Misconfigured(source),
        403 | 404 | 405 | 410 | 501 => LlmError::Misconfigured(source),
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

/// Reads the body of an error: an object, one in a list, or one that a proxy put into the message as text.
fn error_body(body: &[u8]) -> Option<ErrorBody> {
    let body: Value = serde_json::from_slice(body).ok()?;
    let error = member(&body)?;
    let mut said = read(error);
    let inner: Option<Value> = serde_json::from_str(&said.message).ok();
    if let Some(inner) = inner.as_ref().and_then(member) {
        let outer = std::mem::replace(&mut said, read(inner));
        said.code = outer.code.or(said.code);
        said.wait = said.wait.max(outer.wait);
        said.is_long |= outer.is_long;
        if said.status.is_empty() {
            said.status = outer.status;
        }
        if said.reason.is_empty() {
            said.reason = outer.reason;
        }
    }
    Some(said)
}

fn member(body: &Value) -> Option<&Value> {
    let body = match body {
        Value::Array(list) => list.first()?,
        other => other,
    };
    body.get("error").filter(|error| error.is_object())
}

fn read(error: &Value) -> ErrorBody {
    let text = |value: &Value, name: &str| {
        let text = value.get(name).and_then(Value::as_str);
        text.unwrap_or_default().to_owned()
    };
    let message = text(error, "message");
    let mut said = ErrorBody {
        code: error
            .get("code")
            .and_then(Value::as_u64)
            .and_then(|code| u16::try_from(code).ok()),
        status: text(error, "status"),
        wait: wait::in_words(&message),
        message,
        ..ErrorBody::default()
    };
    let details = error.get("details").and_then(Value::as_array);
    for detail in details.into_iter().flatten() {
        let kind = text(detail, "@type");
        match kind.rsplit('.').next() {
            Some("ErrorInfo") => {
                said.reason = text(detail, "reason");
                let limit = detail.get("metadata").map(|data| text(data, "quota_limit"));
                said.is_long |= limit.is_some_and(|limit| is_long(&limit));
            }
            Some("RetryInfo") => {
                let delay = wait::duration(&text(detail, "retryDelay"));
                said.wait = said.wait.max(delay);
            }
            Some("QuotaFailure") => {
                let violations = detail.get("violations").and_then(Value::as_array);
                let mut ids = violations.into_iter().flatten();
                said.is_long |= ids.any(|violation| is_long(&text(violation, "quotaId")));
            }
            _ => {}
        }
    }
    said
}

/// Returns whether a quota covers a longer period than minutes, so that the requested delay is too short.
fn is_long(quota: &str) -> bool {
    ["PerDay", "PerWeek", "PerMonth"]
        .iter()
        .any(|period| quota.contains(period))
}

#[cfg(test)]
mod tests {
    use std::error::Error;

    use reqwest::header::HeaderMap;
    use serde_json::json;

    use super::*;

    fn prompt() -> Prompt {
        Prompt {
            system: String::new(),
            user: "the ticket".to_owned(),
            schema: json!({}),
            max_output_tokens: 1,
        }
    }

    fn answer(status: u16, headers: &[(&'static str, &'static str)], body: &Value) -> Answer {
        let header = |(name, value): &(&'static str, &'static str)| {
            (name.parse().unwrap(), value.parse().unwrap())
        };
        Answer {
            status,
            headers: headers.iter().map(header).collect::<HeaderMap>(),
            body: body.to_string().into_bytes(),
        }
    }

    /// The class and the wait in milliseconds.
    fn class(error: &LlmError) -> (&'static str, Option<u128>) {
        let class = match error {
            LlmError::Unavailable { .. } => "unavailable",
            LlmError::Exhausted { .. } => "exhausted",
            LlmError::Misconfigured(_) => "misconfigured",
            LlmError::Rejected(_) => "rejected",
            LlmError::Garbled(_) => "garbled",
        };
        (class, error.retry_after().map(|wait| wait.as_millis()))
    }

    fn read(answer: &Answer) -> LlmError {
        let key = ApiKey::new("CANARY-1").unwrap();
        meaning(answer, "gemini-9-flash", &key, &prompt())
    }

    fn detail(kind: &str, mut members: Value) -> Value {
        members["@type"] = json!(format!("type.googleapis.com/google.rpc.{kind}"));
        members
    }

    fn quota(ids: &[&str], delay: Option<&str>) -> Value {
        let violations: Vec<Value> = ids
            .iter()
            .map(|id| json!({"quotaId": id, "quotaValue": "20"}))
            .collect();
        let mut details = vec![
            detail("Help", json!({"links": [{"url": "https://x.example"}]})),
            detail("QuotaFailure", json!({"violations": violations})),
        ];
        details.extend(delay.map(|delay| detail("RetryInfo", json!({"retryDelay": delay}))));
        json!({"error": {"code": 429, "message": "Quota exceeded.", "status": "RESOURCE_EXHAUSTED", "details": details}})
    }

    fn error(code: u16, status: &str, message: &str) -> Value {
        json!({"error": {"code": code, "message": message, "status": status}})
    }

    fn reason(code: u16, status: &str, reason: &str) -> Value {
        let info = detail(
            "ErrorInfo",
            json!({"reason": reason, "domain": "googleapis.com"}),
        );
        json!({"error": {"code": code, "message": "no", "status": status, "details": [info]}})
    }

    #[test]
    fn every_row_of_the_table() {
        let minute = "GenerateRequestsPerMinutePerProjectPerModel-FreeTier";
        let day = "GenerateRequestsPerDayPerProjectPerModel-FreeTier";
        let vertex = json!({"error": {"code": 429, "status": "RESOURCE_EXHAUSTED", "message": "x", "details": [
            detail("ErrorInfo", json!({"reason": "RATE_LIMIT_EXCEEDED", "metadata": {"quota_limit": "RequestsPerDayPerProject"}})),
        ]}});
        for (status, body, expected) in [
            (
                400,
                error(400, "INVALID_ARGUMENT", "bad body"),
                ("rejected", None),
            ),
            (
                400,
                reason(400, "INVALID_ARGUMENT", "API_KEY_INVALID"),
                ("misconfigured", None),
            ),
            (
                400,
                reason(400, "INVALID_ARGUMENT", "API_KEY_EXPIRED"),
                ("misconfigured", None),
            ),
            (
                400,
                error(400, "FAILED_PRECONDITION", "User location is not supported"),
                ("misconfigured", None),
            ),
            (
                401,
                error(401, "UNAUTHENTICATED", "no"),
                ("misconfigured", None),
            ),
            (
                402,
                error(402, "RESOURCE_EXHAUSTED", "credits are depleted"),
                ("exhausted", None),
            ),
            (
                403,
                error(403, "PERMISSION_DENIED", "no"),
                ("misconfigured", None),
            ),
            (
                403,
                reason(403, "PERMISSION_DENIED", "SERVICE_DISABLED"),
                ("misconfigured", None),
            ),
            (
                404,
                error(404, "NOT_FOUND", "models/x is not found"),
                ("misconfigured", None),
            ),
            (408, json!({}), ("unavailable", None)),
            (413, json!({}), ("rejected", None)),
            (
                429,
                error(429, "RESOURCE_EXHAUSTED", "slow down"),
                ("unavailable", None),
            ),
            (
                429,
                error(429, "RESOURCE_EXHAUSTED", "Please retry in 1.68122827s."),
                ("unavailable", Some(1_681)),
            ),
            (
                429,
                quota(&[minute], Some("26s")),
                ("unavailable", Some(26_000)),
            ),
            (
                429,
                quota(&[minute], Some("1.68s")),
                ("unavailable", Some(1_680)),
            ),
            (429, quota(&[minute], None), ("unavailable", None)),
            (429, quota(&[minute], Some("soon")), ("unavailable", None)),
            (429, quota(&[day], None), ("exhausted", None)),
            (429, quota(&[minute, day], Some("1s")), ("exhausted", None)),
            (
                429,
                quota(&[day], Some("34074s")),
                ("exhausted", Some(34_074_000)),
            ),
            (429, vertex, ("exhausted", None)),
            (499, error(499, "CANCELLED", "closed"), ("rejected", None)),
            (500, error(500, "INTERNAL", "oops"), ("unavailable", None)),
            (
                501,
                error(501, "UNIMPLEMENTED", "no"),
                ("misconfigured", None),
            ),
            (502, error(502, "UNAVAILABLE", "x"), ("unavailable", None)),
            (
                503,
                error(503, "UNAVAILABLE", "The model is overloaded."),
                ("unavailable", None),
            ),
            (
                504,
                error(504, "DEADLINE_EXCEEDED", "x"),
                ("unavailable", None),
            ),
            (599, json!(null), ("unavailable", None)),
            (600, json!(null), ("garbled", None)),
        ] {
            let plain = read(&answer(status, &[], &body));
            assert_eq!(class(&plain), expected, "{status} {body}");
            let in_list = read(&answer(status, &[], &json!([body])));
            assert_eq!(class(&in_list), expected, "{status} in a list");
            let text = json!({"error": {"code": status, "message": body.to_string()}});
            let in_message = read(&answer(status, &[], &text));
            assert_eq!(class(&in_message), expected, "{status} in a message");
            if body.get("error").is_some() {
                let under_success = answer(200, &[], &body);
                let key = ApiKey::new("CANARY-1").unwrap();
                let found = hidden(&under_success, "m", &key, &prompt()).unwrap();
                assert_eq!(class(&found), expected, "{status} under 200");
            }
        }
    }

    #[test]
    fn the_longer_wait_counts() {
        let body = quota(&["PerMinute"], Some("5s"));
        let longer = read(&answer(429, &[("retry-after", "30")], &body));
        assert_eq!(class(&longer), ("unavailable", Some(30_000)));
        let shorter = read(&answer(429, &[("retry-after", "1")], &body));
        assert_eq!(class(&shorter), ("unavailable", Some(5_000)));
        let bare = read(&answer(503, &[("retry-after-ms", "250")], &json!("")));
        assert_eq!(class(&bare), ("unavailable", Some(250)));
    }

    #[test]
    fn sources_say_what_and_show_no_key() {
        let source = |body: &Value, status| {
            let error = read(&answer(status, &[], body));
            error.source().unwrap().to_string()
        };
        assert_eq!(
            source(&reason(400, "INVALID_ARGUMENT", "API_KEY_INVALID"), 400),
            "the provider answered 400 INVALID_ARGUMENT API_KEY_INVALID: the key is not valid"
        );
        assert!(source(&error(404, "NOT_FOUND", "x"), 404).contains("gemini-9-flash"));
        for status in [400, 401, 403, 404, 429, 500] {
            let body = error(
                status,
                "CANARY-1",
                "consumer api_key:CANARY-1 of the ticket",
            );
            assert!(!source(&body, status).contains("CANARY"));
        }
    }

    #[test]
    fn bodies_that_are_no_errors_hide_none() {
        let key = ApiKey::new("CANARY-1").unwrap();
        for body in [
            json!({}),
            json!({"error": null}),
            json!({"error": "text"}),
            json!({"error": {}}),
            json!({"error": {"code": 200}}),
            json!({"error": {"code": "400"}}),
            json!({"error": {"code": 70_000}}),
            json!([]),
        ] {
            assert!(
                hidden(&answer(200, &[], &body), "m", &key, &prompt()).is_none(),
                "{body}"
            );
        }
    }
}
