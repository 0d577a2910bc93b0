//! Single exchanges: the request in full, answers, errors, and hostile answers.

use std::time::Duration;

use serde_json::json;
use tickmate_ai_http::testing::{Expected, Reply, Server, hostile};
use tickmate_ai_openai::OpenAiSettings;
use tickmate_core::backend::llm::{Llm, StopReason, Usage};

use crate::{class, completion, impatient, llm, prompt, settings};

#[tokio::test]
async fn a_question_and_its_answer() {
    let server = Server::start().await;
    server.reply(Reply::json(200, &completion("{\"summary\":\"VPN\"}")));
    let llm = llm(settings(&server));
    assert_eq!(llm.identity().to_string(), "openai/gpt-9");
    let answer = llm.complete(&prompt()).await.unwrap();
    assert_eq!(answer.text, "{\"summary\":\"VPN\"}");
    assert_eq!(answer.model, "gpt-9-2026");
    assert_eq!(answer.stop, StopReason::Done);
    let usage = Usage {
        prompt_tokens: 40,
        cached_tokens: 30,
        output_tokens: 20,
    };
    assert_eq!(answer.usage, usage);
    assert!(answer.latency > Duration::ZERO);

    let seen = server.seen();
    assert_eq!(seen.len(), 1);
    assert_eq!(seen[0].line, "POST /v1/chat/completions");
    assert_eq!(seen[0].header("authorization"), Some("Bearer CANARY-1"));
    assert_eq!(
        seen[0].body,
        json!({
            "model": "gpt-9",
            "messages": [
                {"role": "system", "content": prompt().system},
                {"role": "user", "content": prompt().user},
            ],
            "stream": false,
            "max_tokens": 1_000,
            "response_format": {
                "type": "json_schema",
                "json_schema": {"name": "answer", "strict": true, "schema": prompt().schema},
            },
        })
    );
}

#[tokio::test]
async fn ollama_is_asked_without_a_key() {
    let server = Server::start().await;
    server.reply(Reply::json(
        200,
        &completion("<think>VPN?</think>\n{\"a\":1}"),
    ));
    let mut settings = OpenAiSettings::ollama("qwen3:8b");
    settings.base_url = format!("{}/v1", server.url());
    let llm = llm(settings);
    assert_eq!(llm.identity().to_string(), "ollama/qwen3:8b");
    assert_eq!(llm.complete(&prompt()).await.unwrap().text, "{\"a\":1}");
    let seen = server.seen();
    assert_eq!(seen[0].header("authorization"), None);
    let instructions = seen[0].body["messages"][0]["content"].as_str().unwrap();
    assert!(instructions.contains(&prompt().schema.to_string()));
}

#[tokio::test]
async fn withheld_questions_and_answers_are_answers() {
    let server = Server::start().await;
    let llm = llm(settings(&server));
    let mut refused = completion("");
    refused["choices"][0]["message"]["refusal"] = json!("No.");
    let mut filtered = completion("half of it");
    filtered["choices"][0]["finish_reason"] = json!("content_filter");
    let withheld = json!({"error": {"code": "content_filter", "message": "x"}});
    for (status, body) in [(200, refused), (200, filtered), (400, withheld)] {
        server.reply(Reply::json(status, &body));
        let answer = llm.complete(&prompt()).await.unwrap();
        assert_eq!(
            (answer.text.as_str(), answer.stop),
            ("", StopReason::Blocked)
        );
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
    let llm = llm(settings(&server));
    for text in [
        "\u{0}",
        "{\"priority\":7}",
        "<html>",
        "NaN",
        &"[".repeat(10_000),
    ] {
        let body = completion(text).to_string();
        let page = [("content-type", "text/html")];
        server.reply(Reply::with(200, &page, body.as_bytes()));
        assert_eq!(llm.complete(&prompt()).await.unwrap().text, text);
    }
}
