//! Recorded answers in a folder that is not part of the project: `TICKMATE_FIXTURES` names it. It holds
//! `gemini/firebase` (single bodies), `gemini/errors` (bodies of errors) and `gemini/recorded` (exchanges).

use std::{collections::BTreeMap, fs, path::Path};

use serde_json::{Value, json};
use tickmate_ai_gemini::ApiKey;
use tickmate_ai_http::testing::{Reply, Server};
use tickmate_core::backend::llm::{Completion, Llm, LlmError, Prompt, StopReason};

use crate::{class, llm, settings};

#[expect(
    clippy::disallowed_methods,
    reason = "who runs the tests says where the recordings are"
)]
fn folder() -> Option<String> {
    std::env::var("TICKMATE_FIXTURES").ok()
}

/// What becomes of the files that are known by name: class, and seconds to wait; or stop and tokens.
const KNOWN: &[(&str, &str)] = &[
    ("googleai__unary-failure-api-key.json", "misconfigured None"),
    (
        "googleai__unary-failure-finish-reason-safety.json",
        "Blocked 7+0 20",
    ),
    (
        "googleai__unary-failure-unknown-model.json",
        "misconfigured None",
    ),
    (
        "googleai__unary-success-basic-reply-short.json",
        "Done 7+0 22",
    ),
    (
        "vertexai__unary-failure-prompt-blocked-safety.json",
        "Blocked 0+0 0",
    ),
    (
        "vertexai__unary-failure-quota-exceeded.json",
        "unavailable None",
    ),
    (
        "vertexai__unary-success-constraint-decoding-json.json",
        "Done 0+0 0",
    ),
    ("429_per_minute_retryinfo_26s.json", "unavailable Some(26s)"),
    ("503_overloaded.json", "unavailable None"),
    ("test_google_model_gemini_3_5_flash.json", "Done 15+0 73"),
    (
        "test_google_model_max_tokens_thinking_model_empty_response.json",
        "Length 15+0 2",
    ),
    ("test_google_model_thinking_config.json", "Done 15+0 283"),
    ("test_google_native_output.json", "Done 8+0 20"),
];

/// Bodies of another method.
const OTHER: &[&str] = &[
    "total-tokens",
    "no-billable-characters",
    "detailed-token-response",
];

fn outcome(result: &Result<Completion, LlmError>) -> String {
    match result {
        Ok(done) => {
            let usage = done.usage;
            format!(
                "{:?} {}+{} {}",
                done.stop, usage.prompt_tokens, usage.cached_tokens, usage.output_tokens
            )
        }
        Err(error) => format!("{} {:?}", class(error), error.retry_after()),
    }
}

/// All JSON files of a folder; none where it is missing.
fn files(folder: &Path) -> BTreeMap<String, Value> {
    let entries = fs::read_dir(folder).into_iter().flatten();
    let paths = entries.map(|entry| entry.unwrap().path());
    paths
        .filter(|path| path.extension().is_some_and(|end| end == "json"))
        .map(|path| {
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            let body = serde_json::from_slice(&fs::read(&path).unwrap());
            (
                name,
                body.unwrap_or_else(|error| panic!("{}: {error}", path.display())),
            )
        })
        .collect()
}

async fn answered(status: u16, body: &Value) -> Result<Completion, LlmError> {
    let server = Server::start().await;
    server.reply(Reply::json(status, body));
    llm(settings(&server)).complete(&crate::prompt()).await
}

/// The text of the first candidate, told by other code than the adapter's.
fn text(body: &Value) -> String {
    let parts = body["candidates"][0]["content"]["parts"].as_array();
    let parts = parts.into_iter().flatten();
    parts
        .filter(|part| part["thought"] != true)
        .map(|part| part["text"].as_str().unwrap_or_default())
        .collect()
}

fn check(
    name: &str,
    result: &Result<Completion, LlmError>,
    body: &Value,
    checked: &mut Vec<String>,
) {
    let outcome = outcome(result);
    if let Some((_, expected)) = KNOWN.iter().find(|(known, _)| *known == name) {
        assert_eq!(outcome, *expected, "{name}");
    }
    if let Ok(done) = result
        && done.stop == StopReason::Done
    {
        assert_eq!(done.text, text(body), "{name}");
    }
    checked.push(format!("{name}: {outcome}"));
}

/// Plays one exchange: the adapter is asked what was asked then, and gets the answer of then.
async fn replay(name: &str, exchange: &Value, checked: &mut Vec<String>) {
    let (asked, answer) = (&exchange["request"], &exchange["response"]);
    let url = asked["url"].as_str().unwrap();
    if !url.ends_with(":generateContent") {
        return;
    }
    let (_, path) = url.split_once(".com").unwrap();
    let model = path
        .rsplit('/')
        .next()
        .unwrap()
        .trim_end_matches(":generateContent");
    let first = |content: &Value| {
        content["parts"][0]["text"]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    };
    let config = &asked["body"]["generationConfig"];
    let schema = &config["responseJsonSchema"];
    let prompt = Prompt {
        system: first(&asked["body"]["systemInstruction"]),
        user: first(&asked["body"]["contents"][0]),
        schema: match schema {
            Value::Null => json!({"type": "object"}),
            schema => schema.clone(),
        },
        max_output_tokens: 1_024,
    };

    let server = Server::start().await;
    let status = u16::try_from(answer["status"].as_u64().unwrap()).unwrap();
    server.reply(Reply::json(status, &answer["body"]));
    let mut settings = settings(&server);
    settings.model = model.to_owned();
    settings.api_key = ApiKey::new("CANARY-2").unwrap();
    let result = llm(settings).complete(&prompt).await;
    check(name, &result, &answer["body"], checked);

    let seen = server.seen();
    assert_eq!(seen.len(), 1, "{name}");
    assert_eq!(seen[0].line, format!("POST {path}"), "{name}");
    assert_eq!(seen[0].header("x-goog-api-key"), Some("CANARY-2"));
    if asked["body"]["contents"]
        .as_array()
        .is_some_and(|contents| contents.len() == 1)
    {
        assert_eq!(
            seen[0].body["contents"], asked["body"]["contents"],
            "{name}"
        );
    }
    if !schema.is_null() {
        let sent = &seen[0].body["generationConfig"];
        for member in ["responseJsonSchema", "responseMimeType"] {
            assert_eq!(sent[member], config[member], "{name}");
        }
    }
}

#[tokio::test]
async fn recordings_are_read() {
    let Some(folder) = folder() else {
        println!("skipped: TICKMATE_FIXTURES names no folder");
        return;
    };
    let folder = Path::new(&folder).join("gemini");
    let mut checked = Vec::new();
    for (name, body) in files(&folder.join("firebase")) {
        if OTHER.iter().any(|other| name.contains(other)) {
            continue;
        }
        let code = body["error"]["code"].as_u64().unwrap_or(200);
        let result = answered(u16::try_from(code).unwrap(), &body).await;
        let is_done = result
            .as_ref()
            .is_ok_and(|done| done.stop == StopReason::Done);
        assert_eq!(is_done, name.contains("-success-"), "{name}: {result:?}");
        check(&name, &result, &body, &mut checked);
    }
    for (name, body) in files(&folder.join("errors")) {
        let inner = if body.is_array() { &body[0] } else { &body };
        let code = inner["error"]["code"].as_u64().unwrap_or(500);
        let result = answered(u16::try_from(code).unwrap(), &body).await;
        assert!(result.is_err(), "{name}");
        check(&name, &result, &body, &mut checked);
    }
    for (name, exchanges) in files(&folder.join("recorded")) {
        for exchange in exchanges.as_array().unwrap() {
            replay(&name, exchange, &mut checked).await;
        }
    }
    assert!(
        !checked.is_empty(),
        "{} holds no recordings",
        folder.display()
    );
    println!(
        "{} answers of Gemini:\n{}",
        checked.len(),
        checked.join("\n")
    );
}
