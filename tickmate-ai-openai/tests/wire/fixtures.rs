//! Recorded answers in a folder that is not part of the project: `TICKMATE_FIXTURES` names it. It holds
//! `openai_compat/errors` (bodies of errors) and `openai_compat/recorded` (exchanges).

use std::{collections::BTreeMap, fs, path::Path};

use serde_json::{Value, json};
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

/// What becomes of the files that are known by name, exchange by exchange: class and wait; or stop and tokens.
const KNOWN: &[(&str, &[&str])] = &[
    ("llamacpp_401.json", &["misconfigured None"]),
    ("ollama_404_compat.json", &["misconfigured None"]),
    (
        "test_ollama_local_native_output_uses_json_schema.json",
        &["Done 136+0 15"],
    ),
    (
        "test_openai_native_output.json",
        &["Other 71+0 12", "Done 92+0 15"],
    ),
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

fn check(
    name: &str,
    index: usize,
    result: &Result<Completion, LlmError>,
    checked: &mut Vec<String>,
) {
    let outcome = outcome(result);
    if let Some((_, expected)) = KNOWN.iter().find(|(known, _)| *known == name) {
        assert_eq!(outcome, expected[index], "{name}");
    }
    checked.push(format!("{name} {index}: {outcome}"));
}

/// The status of an error's body: its code where that is a number, and else what its name says.
fn status(name: &str, body: &Value) -> u16 {
    let code = body["error"]["code"].as_u64();
    let in_name = || name.split(['_', '.']).find_map(|part| part.parse().ok());
    let status = code.or_else(in_name).unwrap_or(500);
    u16::try_from(status).unwrap()
}

/// Plays one exchange: the adapter is asked what was asked then, and gets the answer of then.
async fn replay(name: &str, index: usize, exchange: &Value, checked: &mut Vec<String>) {
    let (asked, answer) = (&exchange["request"], &exchange["response"]);
    let url = asked["url"].as_str().unwrap();
    if !url.ends_with("/chat/completions") {
        return;
    }
    let said_by = |role: &str| {
        let messages = asked["body"]["messages"].as_array().unwrap();
        let mut said = messages.iter().filter(|message| message["role"] == role);
        let first = said.next().and_then(|message| message["content"].as_str());
        first.unwrap_or_default().to_owned()
    };
    let format = &asked["body"]["response_format"];
    let schema = &format["json_schema"]["schema"];
    let prompt = Prompt {
        system: said_by("system"),
        user: said_by("user"),
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
    asked["body"]["model"]
        .as_str()
        .unwrap()
        .clone_into(&mut settings.model);
    let result = llm(settings).complete(&prompt).await;
    check(name, index, &result, checked);
    if let Ok(done) = &result {
        let body = &answer["body"];
        assert_eq!(body["model"], done.model.as_str(), "{name}");
        let content = body["choices"][0]["message"]["content"].as_str();
        let content = content.unwrap_or_default();
        if done.stop == StopReason::Done
            && !content.contains("</think>")
            && !content.contains("```")
        {
            assert_eq!(done.text, content.trim(), "{name}");
        }
    }

    let seen = server.seen();
    let path = url.rsplit_once("/v1").map_or("", |(_, path)| path);
    assert_eq!(seen[0].line, format!("POST /v1{path}"), "{name}");
    let sent = &seen[0].body;
    assert_eq!(sent["model"], asked["body"]["model"], "{name}");
    assert_eq!(sent["stream"], false, "{name}");
    assert_eq!(sent["messages"][1]["content"], said_by("user").as_str());
    if !schema.is_null() {
        assert_eq!(sent["response_format"]["type"], format["type"], "{name}");
        assert_eq!(
            sent["response_format"]["json_schema"]["schema"], *schema,
            "{name}"
        );
    }
}

#[tokio::test]
async fn recordings_are_read() {
    let Some(folder) = folder() else {
        println!("skipped: TICKMATE_FIXTURES names no folder");
        return;
    };
    let folder = Path::new(&folder).join("openai_compat");
    let mut checked = Vec::new();
    for (name, body) in files(&folder.join("errors")) {
        let server = Server::start().await;
        server.reply(Reply::json(status(&name, &body), &body));
        let result = llm(settings(&server)).complete(&crate::prompt()).await;
        assert!(result.is_err(), "{name}");
        check(&name, 0, &result, &mut checked);
    }
    for (name, exchanges) in files(&folder.join("recorded")) {
        for (index, exchange) in exchanges.as_array().unwrap().iter().enumerate() {
            replay(&name, index, exchange, &mut checked).await;
        }
    }
    assert!(
        !checked.is_empty(),
        "{} holds no recordings",
        folder.display()
    );
    println!(
        "{} answers of chat completions:\n{}",
        checked.len(),
        checked.join("\n")
    );
}
