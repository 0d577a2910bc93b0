//! Errors of many servers, and what they mean.

use std::error::Error;

use reqwest::header::HeaderMap;
use serde_json::json;
use tickmate_ai_http::ApiKey;

use super::*;

type Headers<'a> = &'a [(&'static str, &'static str)];
/// A class, and a wait in milliseconds.
type Class = (&'static str, Option<u128>);
/// An answer, and what becomes of it.
type Row<'a> = (u16, Headers<'a>, Value, Class);

fn prompt() -> Prompt {
    Prompt {
        system: String::new(),
        user: "the ticket".to_owned(),
        schema: json!({}),
        max_output_tokens: 1,
    }
}

fn meaning(said: &ErrorBody, headers: Headers<'_>) -> LlmError {
    let key = ApiKey::new("CANARY-1").unwrap();
    let header = |(name, value): &(&'static str, &'static str)| {
        (name.parse().unwrap(), value.parse().unwrap())
    };
    let headers: HeaderMap = headers.iter().map(header).collect();
    said.meaning(&headers, &OpenAiSettings::openai(key, "gpt-9"), &prompt())
}

fn class(error: &LlmError) -> Class {
    let class = match error {
        LlmError::Unavailable { .. } => "unavailable",
        LlmError::Exhausted { .. } => "exhausted",
        LlmError::Misconfigured(_) => "misconfigured",
        LlmError::Rejected(_) => "rejected",
        LlmError::Garbled(_) => "garbled",
    };
    (class, error.retry_after().map(|wait| wait.as_millis()))
}

fn read_as(status: u16, headers: Headers<'_>, body: &Value) -> Class {
    let said = ErrorBody::of(status, body.to_string().as_bytes());
    class(&meaning(&said, headers))
}

fn openai(kind: &str, code: &Value, message: &str) -> Value {
    json!({"error": {"message": message, "type": kind, "param": null, "code": code}})
}

#[test]
fn every_row_of_the_table() {
    let invalid = "invalid_request_error";
    let rows: &[Row<'_>] = &[
        // OpenAI
        (
            400,
            &[],
            openai(invalid, &json!("context_length_exceeded"), "x"),
            ("rejected", None),
        ),
        (
            400,
            &[],
            openai(invalid, &Value::Null, "bad body"),
            ("rejected", None),
        ),
        (
            400,
            &[],
            openai(invalid, &json!("unsupported_value"), "'temperature'"),
            ("misconfigured", None),
        ),
        (
            400,
            &[],
            openai(invalid, &json!("unsupported_parameter"), "'seed'"),
            ("misconfigured", None),
        ),
        (
            401,
            &[],
            openai(
                invalid,
                &json!("invalid_api_key"),
                "Incorrect API key provided",
            ),
            ("misconfigured", None),
        ),
        (
            403,
            &[],
            openai("", &json!("unsupported_country_region_territory"), "x"),
            ("misconfigured", None),
        ),
        (
            404,
            &[],
            openai(invalid, &json!("model_not_found"), "x"),
            ("misconfigured", None),
        ),
        (
            429,
            &[],
            openai(
                "requests",
                &json!("rate_limit_exceeded"),
                "Please try again in 20ms. Add a card in billing.",
            ),
            ("unavailable", Some(20)),
        ),
        (
            429,
            &[("retry-after", "7")],
            openai("tokens", &json!("rate_limit_exceeded"), "try again in 20ms"),
            ("unavailable", Some(7_000)),
        ),
        (
            429,
            &[("retry-after-ms", "120"), ("retry-after", "9")],
            json!({}),
            ("unavailable", Some(120)),
        ),
        (
            429,
            &[("x-ratelimit-reset-requests", "6m0s")],
            json!({}),
            ("unavailable", Some(360_000)),
        ),
        (
            429,
            &[
                ("retry-after", "Fri, 20 Nov 2026 10:00:30 GMT"),
                ("date", "Fri, 20 Nov 2026 10:00:00 GMT"),
            ],
            json!({}),
            ("unavailable", Some(30_000)),
        ),
        (
            429,
            &[],
            openai("", &json!("slow_down"), "x"),
            ("unavailable", None),
        ),
        (
            429,
            &[],
            openai(
                "insufficient_quota",
                &json!("insufficient_quota"),
                "You exceeded your current quota",
            ),
            ("exhausted", None),
        ),
        (
            429,
            &[],
            openai("billing_hard_limit_reached", &Value::Null, "x"),
            ("exhausted", None),
        ),
        (
            429,
            &[],
            openai("", &json!("spend_limit_reached"), "x"),
            ("exhausted", None),
        ),
        (
            429,
            &[("retry-after", "3600")],
            openai(
                "requests",
                &json!("rate_limit_exceeded"),
                "Rate limit reached on requests per day (RPD): Limit 200",
            ),
            ("exhausted", Some(3_600_000)),
        ),
        (
            500,
            &[],
            openai("server_error", &Value::Null, "x"),
            ("unavailable", None),
        ),
        (
            503,
            &[("retry-after", "5")],
            openai("", &json!("server_is_overloaded"), "x"),
            ("unavailable", Some(5_000)),
        ),
        (
            503,
            &[("x-ratelimit-reset", "5")],
            json!({}),
            ("unavailable", None),
        ),
        // Ollama
        (
            400,
            &[],
            openai(invalid, &Value::Null, "invalid message"),
            ("rejected", None),
        ),
        (
            404,
            &[],
            openai("not_found_error", &Value::Null, "model 'nope' not found"),
            ("misconfigured", None),
        ),
        (
            500,
            &[],
            openai("api_error", &Value::Null, "model runner has stopped"),
            ("unavailable", None),
        ),
        (
            404,
            &[],
            json!({"error": "model 'nope' not found"}),
            ("misconfigured", None),
        ),
        (
            500,
            &[],
            json!({"error": "out of memory"}),
            ("unavailable", None),
        ),
        // vLLM
        (
            400,
            &[],
            json!({"error": {"message": "x", "type": "BadRequestError", "code": 400}}),
            ("rejected", None),
        ),
        (
            400,
            &[],
            json!({"object": "error", "message": "x", "type": "BadRequestError", "param": null, "code": 400}),
            ("rejected", None),
        ),
        (
            404,
            &[],
            json!({"error": {"message": "x", "type": "NotFoundError", "param": "model", "code": 404}}),
            ("misconfigured", None),
        ),
        (
            401,
            &[],
            json!({"error": "Unauthorized"}),
            ("misconfigured", None),
        ),
        (
            422,
            &[],
            json!({"detail": [{"loc": ["body", "messages"], "msg": "field required"}]}),
            ("rejected", None),
        ),
        // llama.cpp
        (
            400,
            &[],
            json!({"error": {"code": 400, "message": "x", "type": "exceed_context_size_error", "n_prompt_tokens": 9000, "n_ctx": 4096}}),
            ("rejected", None),
        ),
        (
            401,
            &[],
            json!({"error": {"code": 401, "message": "Invalid API Key", "type": "authentication_error"}}),
            ("misconfigured", None),
        ),
        (
            403,
            &[],
            json!({"error": {"code": 403, "message": "x", "type": "permission_error"}}),
            ("misconfigured", None),
        ),
        (
            404,
            &[],
            json!({"error": {"code": 404, "message": "File Not Found", "type": "not_found_error"}}),
            ("misconfigured", None),
        ),
        (
            500,
            &[],
            json!({"error": {"code": 500, "message": "x", "type": "server_error"}}),
            ("unavailable", None),
        ),
        (
            501,
            &[],
            json!({"error": {"code": 501, "message": "x", "type": "not_supported_error"}}),
            ("misconfigured", None),
        ),
        (
            503,
            &[],
            json!({"error": {"code": 503, "message": "Loading model", "type": "unavailable_error"}}),
            ("unavailable", None),
        ),
        // OpenRouter
        (
            402,
            &[],
            json!({"error": {"code": 402, "message": "Insufficient credits"}}),
            ("exhausted", None),
        ),
        (
            429,
            &[],
            json!({"error": {"code": 429, "message": "Rate limit exceeded: free-models-per-day"}}),
            ("exhausted", None),
        ),
        (
            429,
            &[],
            json!({"error": {"code": 429, "message": "Provider returned error", "metadata": {"raw": "please try again in 3s", "provider_name": "x"}}}),
            ("unavailable", Some(3_000)),
        ),
        (
            502,
            &[],
            json!({"error": {"code": 502, "message": "Provider returned error", "metadata": {"raw": "{}"}}}),
            ("unavailable", None),
        ),
        // Gemini's own compatible endpoint
        (
            400,
            &[],
            json!([{"error": {"code": 400, "message": "API key not valid.", "status": "INVALID_ARGUMENT", "details": [{"reason": "API_KEY_INVALID"}]}}]),
            ("misconfigured", None),
        ),
        (
            429,
            &[],
            json!([{"error": {"code": 429, "message": "Please retry in 26s.", "status": "RESOURCE_EXHAUSTED", "details": [{"violations": [{"quotaId": "RequestsPerMinute"}]}]}}]),
            ("unavailable", Some(26_000)),
        ),
        (
            429,
            &[],
            json!([{"error": {"code": 429, "message": "x", "status": "RESOURCE_EXHAUSTED", "details": [{"violations": [{"quotaId": "GenerateRequestsPerDay"}]}]}}]),
            ("exhausted", None),
        ),
        // Proxies
        (
            405,
            &[],
            json!("Method Not Allowed"),
            ("misconfigured", None),
        ),
        (408, &[], json!(null), ("unavailable", None)),
        (409, &[], json!({}), ("unavailable", None)),
        (413, &[], json!("too large"), ("rejected", None)),
        (502, &[], json!("<html>"), ("unavailable", None)),
        (504, &[], json!([]), ("unavailable", None)),
        (600, &[], json!({}), ("garbled", None)),
    ];
    for (status, headers, body, expected) in rows {
        assert_eq!(
            read_as(*status, headers, body),
            *expected,
            "{status} {body}"
        );
    }
    let page = ErrorBody::of(403, b"<html>Forbidden</html>");
    assert_eq!(class(&meaning(&page, &[])), ("misconfigured", None));
}

#[test]
fn errors_hide_under_success() {
    for (body, expected) in [
        (json!({"error": {"code": 429, "message": "x"}}), Some(429)),
        (json!({"error": {"code": "503"}}), Some(503)),
        (json!([{"error": {"code": 400}}]), Some(400)),
        (
            json!({"choices": [{"finish_reason": "error", "error": {"code": 502}}]}),
            Some(502),
        ),
        (openai("server_error", &Value::Null, "x"), Some(503)),
        (
            openai("invalid_request_error", &json!("invalid_api_key"), "x"),
            Some(400),
        ),
        (openai("insufficient_quota", &Value::Null, "x"), Some(429)),
        (openai("something", &Value::Null, "x"), None),
        (json!({"error": "text"}), None),
        (json!({"error": null}), None),
        (json!({"error": {}}), None),
        (json!({"choices": []}), None),
        (json!({}), None),
    ] {
        let found = ErrorBody::hidden(body.to_string().as_bytes());
        assert_eq!(found.map(|said| said.status), expected, "{body}");
    }
    let body = openai("invalid_request_error", &json!("invalid_api_key"), "x");
    let said = ErrorBody::hidden(body.to_string().as_bytes()).unwrap();
    assert_eq!(class(&meaning(&said, &[])), ("misconfigured", None));
}

#[test]
fn withheld_questions_are_known() {
    for (status, body, expected) in [
        (
            400,
            json!({"error": {"code": "content_filter", "message": "x"}}),
            true,
        ),
        (
            400,
            json!({"error": {"code": "x", "innererror": {"code": "ResponsibleAIPolicyViolation"}}}),
            true,
        ),
        (
            403,
            json!({"error": {"code": 403, "metadata": {"reasons": ["violence"], "flagged_input": "x"}}}),
            true,
        ),
        (
            403,
            json!({"error": {"code": 403, "metadata": {"reasons": []}}}),
            false,
        ),
        (400, json!({"error": {"code": "content_length"}}), false),
        (500, json!({"error": {"code": "content_filter"}}), false),
    ] {
        let said = ErrorBody::of(status, body.to_string().as_bytes());
        assert_eq!(said.is_blocked(), expected, "{body}");
    }
}

#[test]
fn sources_say_what_and_show_no_key() {
    let source = |status, body: &Value| {
        let said = ErrorBody::of(status, body.to_string().as_bytes());
        meaning(&said, &[]).source().unwrap().to_string()
    };
    let refused = openai(
        "authentication_error",
        &json!("invalid_api_key"),
        "Incorrect API key provided: CANA**RY-1",
    );
    assert_eq!(
        source(401, &refused),
        "the provider answered 401 authentication_error invalid_api_key: the key is missing or not valid"
    );
    assert_eq!(
        source(
            404,
            &openai("not_found_error", &Value::Null, "model 'nope' not found")
        ),
        "the provider answered 404 not_found_error: model 'nope' not found"
    );
    assert!(source(404, &json!({})).contains("no such model"));
    for status in [400, 401, 403, 404, 429, 500] {
        let body = openai(
            "CANARY-1",
            &json!("CANARY-1"),
            "sent CANARY-1 with the ticket",
        );
        assert!(!source(status, &body).contains("CANARY"));
    }
}
