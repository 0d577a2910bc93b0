//! Servers that refuse a wording: what is asked next, what is remembered, and what is not.

use std::time::Duration;

use serde_json::{Value, json};
use tickmate_ai_http::testing::{Reply, Server};
use tickmate_ai_openai::{OpenAiLlm, ResponseForm, TokenParameter};
use tickmate_core::backend::llm::{Llm, LlmError};

use crate::{class, completion, llm, prompt, settings};

fn refusal(param: &str, message: &str) -> Reply {
    let code = "unsupported_parameter";
    let error =
        json!({"message": message, "type": "invalid_request_error", "param": param, "code": code});
    Reply::json(400, &json!({"error": error}))
}

fn no_form() -> Reply {
    refusal(
        "response_format",
        "'response_format' of this type is not supported with this model.",
    )
}

fn no_max_tokens() -> Reply {
    refusal(
        "max_tokens",
        "'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
    )
}

fn answer() -> Reply {
    Reply::json(200, &completion("{}"))
}

/// The form and the cap of each question so far.
fn wordings(server: &Server) -> Vec<(String, &'static str)> {
    let wording = |body: &Value| {
        let form = body["response_format"]["type"].as_str().unwrap_or("none");
        let cap = match (body.get("max_tokens"), body.get("max_completion_tokens")) {
            (Some(_), None) => "max_tokens",
            (None, Some(_)) => "max_completion_tokens",
            _ => "neither or both",
        };
        (form.to_owned(), cap)
    };
    server
        .seen()
        .iter()
        .map(|seen| wording(&seen.body))
        .collect()
}

fn pairs(all: &[(&str, &'static str)]) -> Vec<(String, &'static str)> {
    all.iter()
        .map(|(form, cap)| ((*form).to_owned(), *cap))
        .collect()
}

#[tokio::test]
async fn forms_go_down_until_one_is_taken_which_is_remembered() {
    let server = Server::start().await;
    let llm = llm(settings(&server));
    for reply in [no_form(), answer(), answer(), no_form(), answer(), answer()] {
        server.reply(reply);
    }
    for _ in 0..4 {
        assert_eq!(llm.complete(&prompt()).await.unwrap().text, "{}");
    }
    let expected = [
        ("json_schema", "max_tokens"),
        ("json_object", "max_tokens"),
        ("json_object", "max_tokens"),
        ("json_object", "max_tokens"),
        ("none", "max_tokens"),
        ("none", "max_tokens"),
    ];
    assert_eq!(wordings(&server), pairs(&expected));
    let schema = prompt().schema.to_string();
    for seen in &server.seen()[1..] {
        let instructions = seen.body["messages"][0]["content"].as_str().unwrap();
        assert!(instructions.contains(&schema) && instructions.contains("JSON"));
    }
}

#[tokio::test]
async fn everything_can_be_learned_by_one_question() {
    let server = Server::start().await;
    let llm = llm(settings(&server));
    for reply in [no_max_tokens(), no_form(), no_form(), answer(), answer()] {
        server.reply(reply);
    }
    for _ in 0..2 {
        llm.complete(&prompt()).await.unwrap();
    }
    let expected = [
        ("json_schema", "max_tokens"),
        ("json_schema", "max_completion_tokens"),
        ("json_object", "max_completion_tokens"),
        ("none", "max_completion_tokens"),
        ("none", "max_completion_tokens"),
    ];
    assert_eq!(wordings(&server), pairs(&expected));
}

#[tokio::test]
async fn a_refusal_under_success_teaches_too() {
    let server = Server::start().await;
    let llm = llm(settings(&server));
    let error = json!({"error": {"code": 400, "message": "json_schema is not supported"}});
    server.reply(Reply::json(200, &error));
    server.reply(answer());
    llm.complete(&prompt()).await.unwrap();
    assert_eq!(server.seen().len(), 2);
}

/// Asks once more, and says how the question began.
async fn next_begins(llm: &OpenAiLlm, server: &Server) -> (String, &'static str) {
    let before = server.seen().len();
    server.reply(answer());
    llm.complete(&prompt()).await.unwrap();
    wordings(server).swap_remove(before)
}

#[tokio::test]
async fn what_was_not_answered_is_not_remembered() {
    let server = Server::start().await;
    let llm = llm(settings(&server));
    for second in [
        Reply::json(503, &json!({})),
        Reply::with(200, &[], b"<html>"),
        refusal("seed", "no"),
    ] {
        server.reply(no_form());
        server.reply(second);
        llm.complete(&prompt()).await.unwrap_err();
        let begins = next_begins(&llm, &server).await;
        assert_eq!(begins, ("json_schema".to_owned(), "max_tokens"));
    }
}

#[tokio::test]
async fn a_server_that_refuses_everything_is_asked_four_times() {
    let server = Server::start().await;
    let llm = llm(settings(&server));
    for _ in 0..10 {
        server.reply(refusal(
            "max_tokens",
            "response_format, max_tokens, max_completion_tokens: not supported",
        ));
    }
    let error = llm.complete(&prompt()).await.unwrap_err();
    assert!(matches!(error, LlmError::Misconfigured(_)));
    assert_eq!(server.seen().len(), 4);
}

#[tokio::test]
async fn other_refusals_are_not_repeated() {
    let server = Server::start().await;
    let llm = llm(settings(&server));
    for (reply, expected) in [
        (refusal("temperature", "Unsupported value"), "misconfigured"),
        (
            Reply::json(
                400,
                &json!({"error": {"message": "too long", "code": "context_length_exceeded"}}),
            ),
            "rejected",
        ),
        (
            Reply::json(500, &json!({"error": {"message": "response_format"}})),
            "unavailable",
        ),
    ] {
        let before = server.seen().len();
        server.reply(reply);
        let error = llm.complete(&prompt()).await.unwrap_err();
        assert_eq!(class(&error), expected);
        assert_eq!(server.seen().len(), before + 1);
    }
}

#[tokio::test]
async fn what_is_set_is_begun_with() {
    let server = Server::start().await;
    let mut settings = settings(&server);
    settings.response_form = ResponseForm::JsonObject;
    settings.token_parameter = Some(TokenParameter::MaxCompletionTokens);
    let llm = llm(settings);
    let begins = next_begins(&llm, &server).await;
    assert_eq!(begins, ("json_object".to_owned(), "max_completion_tokens"));
}

#[tokio::test]
async fn repeats_share_the_time_of_one_question() {
    let server = Server::start().await;
    let mut settings = settings(&server);
    settings.timeouts.total = Duration::from_millis(300);
    let llm = llm(settings);
    server.reply(no_form());
    server.reply(Reply::Stall(Vec::new()));
    let error = llm.complete(&prompt()).await.unwrap_err();
    assert!(error.is_transient());
    assert_eq!(server.seen().len(), 2);
}
