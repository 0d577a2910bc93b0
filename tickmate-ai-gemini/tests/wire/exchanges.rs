//! Single exchanges: the request in full, answers, errors, and hostile answers.

use std::time::Duration;

use serde_json::json;
use tickmate_ai_gemini::{GeminiLlm, Thinking, ThinkingLevel};
use tickmate_ai_http::testing::{Expected, Reply, Server, hostile};
use tickmate_core::backend::llm::{Llm, StopReason, Usage};

use crate::{class, impatient, llm, prompt, settings};

#[tokio::test]
async fn a_question_and_its_answer() {
    let server = Server::start().await;
    server.reply(Reply::json(
        200,
        &json!({
            "candidates": [{
                "content": {"role": "model", "parts": [{"text": "{\"summary\":"}, {"text": "\"VPN\"}"}]},
                "finishReason": "STOP",
            }],
            "usageMetadata": {
                "promptTokenCount": 40, "cachedContentTokenCount": 20, "candidatesTokenCount": 8,
                "thoughtsTokenCount": 12, "totalTokenCount": 60,
            },
            "modelVersion": "gemini-9-flash-002",
        }),
    ));
    let mut settings = settings(&server);
    settings.timeouts.total = Duration::from_millis(19_500);
    settings.thinking = Some(Thinking::Level(ThinkingLevel::Low));
    let llm = llm(settings);
    assert_eq!(llm.identity().to_string(), "gemini/gemini-9-flash");
    let answer = llm.complete(&prompt()).await.unwrap();
    assert_eq!(answer.text, "{\"summary\":\"VPN\"}");
    assert_eq!(answer.model, "gemini-9-flash-002");
    assert_eq!(answer.stop, StopReason::Done);
    assert_eq!(
        answer.usage,
        Usage {
            prompt_tokens: 40,
            cached_tokens: 20,
            output_tokens: 20
        }
    );
    assert!(answer.latency > Duration::ZERO);

    let seen = server.seen();
    assert_eq!(seen.len(), 1);
    assert_eq!(
        seen[0].line,
        "POST /v1beta/models/gemini-9-flash:generateContent"
    );
    assert_eq!(seen[0].header("x-goog-api-key"), Some("CANARY-1"));
    assert_eq!(seen[0].header("x-server-timeout"), Some("20"));
    assert_eq!(seen[0].header("authorization"), None);
    assert_eq!(
        seen[0].body,
        json!({
            "systemInstruction": {"parts": [{"text": prompt().system}]},
            "contents": [{"role": "user", "parts": [{"text": prompt().user}]}],
            "generationConfig": {
                "responseJsonSchema": prompt().schema,
                "responseMimeType": "application/json",
                "maxOutputTokens": 2_024,
                "thinkingConfig": {"thinkingLevel": "LOW"},
            },
        })
    );
}

#[tokio::test]
async fn withheld_answers_are_answers() {
    let server = Server::start().await;
    let llm = llm(settings(&server));
    for body in [
        json!({"promptFeedback": {"blockReason": "SAFETY"}}),
        json!({"candidates": [{"finishReason": "SAFETY", "content": {"parts": [{"text": "half of it"}]}}]}),
    ] {
        server.reply(Reply::json(200, &body));
        let answer = llm.complete(&prompt()).await.unwrap();
        assert_eq!(
            (answer.text.as_str(), answer.stop),
            ("", StopReason::Blocked)
        );
        assert_eq!(answer.model, "gemini-9-flash");
    }
}

#[tokio::test]
async fn an_error_is_asked_about_once() {
    let server = Server::start().await;
    let llm = llm(settings(&server));
    server.reply(Reply::with(503, &[("retry-after", "7")], b"<html>"));
    let error = llm.complete(&prompt()).await.unwrap_err();
    assert_eq!(class(&error), "unavailable");
    assert_eq!(error.retry_after(), Some(Duration::from_secs(7)));
    assert_eq!(server.seen().len(), 1);
}

#[tokio::test]
async fn hostile_answers_end_well() {
    let server = Server::start().await;
    let llm = impatient(&server);
    let all = hostile();
    assert!(all.len() >= 30, "{}", all.len());
    for hostile in all {
        server.reply(hostile.reply);
        let error = llm.complete(&prompt()).await.unwrap_err();
        let expected = match hostile.expected {
            Expected::Unavailable => "unavailable",
            Expected::Misconfigured => "misconfigured",
            Expected::Garbled => "garbled",
        };
        assert_eq!(class(&error), expected, "{}: {error:?}", hostile.name);
    }
}

#[tokio::test]
async fn odd_texts_pass_as_they_are() {
    let server = Server::start().await;
    let llm: GeminiLlm = llm(settings(&server));
    for text in [
        "\u{0}",
        "{\"priority\":7}",
        "<html>",
        "NaN",
        &"[".repeat(10_000),
    ] {
        let parts = json!([{"text": text}]);
        let body = json!({"candidates": [{"content": {"parts": parts}, "finishReason": "STOP"}]});
        let reply = Reply::with(
            200,
            &[("content-type", "text/html")],
            body.to_string().as_bytes(),
        );
        server.reply(reply);
        assert_eq!(llm.complete(&prompt()).await.unwrap().text, text);
    }
}
