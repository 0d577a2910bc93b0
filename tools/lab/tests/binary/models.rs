//! Models that read the tickets of a file: asked over HTTP, recorded and played again.

use std::{fs, path::Path, process::Output};

use serde_json::{Value, json};
use tickmate_ai_http::testing::{Reply, Server as Provider};

use super::support::{folder, run, stderr, stdout};

const KEY: &str = "CANARY-7f3a9b";
/// What is said of the three answers of the model, and nothing else.
const USED: &str = "3 calls; tokens: 2700 of questions (1536 of them cached), 120 of answers\n";

/// An answer of a server that speaks chat completions.
fn answer(content: &Value) -> Reply {
    let body = json!({
        "model": "fake-1-2026",
        "choices": [{"message": {"content": content.to_string()}, "finish_reason": "stop"}],
        "usage": {
            "prompt_tokens": 900,
            "completion_tokens": 40,
            "prompt_tokens_details": {"cached_tokens": 512},
        },
    });
    Reply::json(200, &body)
}

fn reading(category: &str, priority: &str) -> Value {
    json!({
        "summary": format!("About {category}"),
        "category": category,
        "priority": priority,
        "skills": ["knots"],
        "notes": "Look at the mast.",
        "first_steps": ["Take the sail down"],
    })
}

/// Three tickets and the lists that they choose from.
fn write(folder: &Path) {
    let tickets = [
        r#"{"id": "a", "subject": "Torn", "body": "The mast of the Wanda is torn off.", "category": "Boats"}"#,
        r#"{"id": "b", "text": "The string of my Falkor came loose.", "category": "Kites"}"#,
        r#"{"id": 3, "text": "The yacht leaks in harbour Elba.", "category": "Boats"}"#,
    ];
    fs::write(folder.join("tickets.jsonl"), tickets.join("\n")).unwrap();
    let options =
        r#"{"category": ["Boats", "Kites"], "priority": ["Low", "High"], "skills": ["Knots"]}"#;
    fs::write(folder.join("options.json"), options).unwrap();
}

const TRIAGE: [&str; 9] = [
    "triage",
    "--jsonl",
    "tickets.jsonl",
    "--options",
    "options.json",
    "--provider",
    "openai",
    "--cassette",
    "cassette.jsonl",
];

fn lines(text: &str) -> Vec<Value> {
    let lines = text.lines();
    lines
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn sources(output: &Output) -> Vec<Value> {
    let lines = lines(&stdout(output)).into_iter();
    lines.map(|line| line["source"].clone()).collect()
}

fn members(line: &Value) -> Vec<&String> {
    line.as_object().unwrap().keys().collect()
}

fn variables(url: &str) -> [(&str, &str); 3] {
    [
        ("OPENAI_API_KEY", KEY),
        ("OPENAI_BASE_URL", url),
        ("OPENAI_MODEL", "fake-1"),
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_recorded_is_played_without_anybody() {
    let folder = folder();
    write(folder.path());
    let provider = Provider::start().await;
    for (category, priority) in [("boats", "high"), ("kites", "low"), ("trains", "urgent")] {
        provider.reply(answer(&reading(category, priority)));
    }
    let url = provider.url() + "/v1";
    let arguments = [&TRIAGE[..], &["--record"]].concat();
    let recorded = run(folder.path(), &variables(&url), &arguments);
    assert!(recorded.status.success(), "{}", stderr(&recorded));
    assert_eq!(stderr(&recorded), USED);
    let asked = provider.seen();
    assert_eq!(asked.len(), 3);
    assert_eq!(
        asked[0].header("authorization"),
        Some("Bearer CANARY-7f3a9b")
    );
    assert_eq!(asked[0].body["model"], "fake-1");
    let before = fs::read(folder.path().join("cassette.jsonl")).unwrap();
    let again = run(folder.path(), &variables(&url), &arguments);
    assert_eq!(stdout(&again), stdout(&recorded));
    assert_eq!(provider.seen().len(), 3, "nobody is asked again");
    let after = fs::read(folder.path().join("cassette.jsonl")).unwrap();
    assert_eq!(after, before);
    drop(provider);

    let read = lines(&stdout(&recorded));
    assert_eq!(
        read.iter().map(|line| &line["id"]).collect::<Vec<_>>(),
        ["a", "b", "3"]
    );
    assert_eq!(read[0]["category"], "Boats");
    assert_eq!(read[0]["priority"], "High");
    assert_eq!(read[0]["skill"], "Knots");
    assert_eq!(read[0]["skills"], json!(["Knots"]));
    assert_eq!(read[0]["source"], "model");
    assert_eq!(read[0]["model"], "openai/fake-1");
    assert_eq!(read[0]["summary"], "About boats");
    assert_eq!(read[0]["notes"], "Look at the mast.");
    assert_eq!(read[0]["firstSteps"], json!(["Take the sail down"]));
    let embedded = run(folder.path(), &[], &TRIAGE[..5]);
    let embedded = lines(&stdout(&embedded));
    assert_eq!(members(&embedded[0]), members(&read[0]));
    for member in ["sentiment", "complexity", "tags"] {
        assert!(read[0].get(member).is_some(), "{member}");
        assert!(!embedded[0][member].is_null(), "{member}");
    }
    for member in ["category", "priority", "type", "skill", "skills"] {
        assert!(read[0]["confidence"][member].is_f64(), "{member}");
        assert!(read[0]["abstains"][member].is_boolean(), "{member}");
    }
    // Trains are not on the list.
    assert_eq!(read[2]["category"], embedded[2]["category"]);
    assert!(read[2]["category"].is_string());
    assert_eq!(read[2]["confidence"]["category"], 0.0);
    assert_eq!(read[2]["abstains"]["category"], true);
    assert_eq!(read[2]["priority"], "High");

    let cassette = fs::read_to_string(folder.path().join("cassette.jsonl")).unwrap();
    assert_eq!(cassette.lines().count(), 3);
    for secret in ["CANARY", "Wanda", "Falkor", "Elba", "BEGIN TICKET"] {
        assert!(!cassette.contains(secret), "{secret}");
    }
    for more in [&[][..], &["--parallel", "3"]] {
        let played = run(folder.path(), &[], &[&TRIAGE[..], more].concat());
        assert!(played.status.success(), "{}", stderr(&played));
        assert_eq!(stdout(&played), stdout(&recorded));
        assert_eq!(stderr(&played), USED);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_ticket_that_no_model_answered_is_read_all_the_same_and_counted() {
    let folder = folder();
    write(folder.path());
    let provider = Provider::start().await;
    for _ in 0..2 {
        provider.reply(answer(&json!({"nothing": "of use"})));
    }
    provider.reply(answer(&reading("boats", "low")));
    provider.reply(Reply::with(401, &[], br#"{"error": {"message": "wrong"}}"#));
    let url = provider.url();
    let arguments = [&TRIAGE[..], &["--record"]].concat();
    let recorded = run(folder.path(), &variables(&url), &arguments);
    assert!(recorded.status.success(), "{}", stderr(&recorded));
    assert_eq!(sources(&recorded), ["embedded", "model", "embedded"]);
    assert_eq!(provider.seen().len(), 4);
    let said = stderr(&recorded);
    assert!(
        said.contains("\n2 of 3 tickets were read by the embedded analyzer; the last: "),
        "{said}"
    );
    assert!(!said.contains("CANARY"), "{said}");
    let played = run(folder.path(), &[], &TRIAGE);
    assert_eq!(stdout(&played), stdout(&recorded));

    let other = run(folder.path(), &[("OPENAI_MODEL", "other")], &TRIAGE);
    assert!(other.status.success());
    assert!(
        lines(&stdout(&other))
            .iter()
            .all(|line| line["source"] == "embedded" && line["firstSteps"].is_array())
    );
    let said = stderr(&other);
    assert!(
        said.contains("\n3 of 3 ") && said.contains("the cassette does not hold this question"),
        "{said}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_recording_that_was_interrupted_is_finished() {
    let folder = folder();
    write(folder.path());
    let arguments = [&TRIAGE[..], &["--record"]].concat();
    let provider = Provider::start().await;
    provider.reply(answer(&reading("boats", "high")));
    provider.reply(Reply::with(401, &[], b"{}"));
    let url = provider.url();
    let first = run(folder.path(), &variables(&url), &arguments);
    assert_eq!(sources(&first), ["model", "embedded", "embedded"]);
    assert_eq!(provider.seen().len(), 2, "a wrong key is not tried again");
    let before = fs::read_to_string(folder.path().join("cassette.jsonl")).unwrap();

    for category in ["kites", "boats"] {
        provider.reply(answer(&reading(category, "low")));
    }
    let second = run(folder.path(), &variables(&url), &arguments);
    assert_eq!(sources(&second), ["model", "model", "model"]);
    assert_eq!(stderr(&second), USED);
    assert_eq!(provider.seen().len(), 4);
    let after = fs::read_to_string(folder.path().join("cassette.jsonl")).unwrap();
    assert!(after.starts_with(&before), "{after}");
    assert_eq!(after.lines().count(), 4);
    let played = run(folder.path(), &[], &TRIAGE);
    assert_eq!(stdout(&played), stdout(&second));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_measure_is_of_the_lines_that_triage_writes() {
    let folder = folder();
    write(folder.path());
    let settled = [
        r#"{"id": 9, "text": "The mast of the yacht is torn off", "category": "Boats"}"#,
        r#"{"id": 8, "text": "A string came loose", "category": "Kites"}"#,
    ];
    fs::write(folder.path().join("settled.jsonl"), settled.join("\n")).unwrap();
    let provider = Provider::start().await;
    // Of the first the category is missing, the second is wrong, and of the third there is no answer.
    provider.reply(answer(&json!({"summary": "About a mast"})));
    provider.reply(answer(&reading("boats", "high")));
    provider.reply(Reply::with(400, &[], b"{}"));
    let url = provider.url();
    let line = "--train settled.jsonl --options options.json --provider openai --cassette c";
    let with = |command: &'static str, file: &'static str| {
        let head = [command, file, "tickets.jsonl"].into_iter();
        head.chain(line.split(' ')).collect::<Vec<_>>()
    };
    let record = [&with("eval", "--data")[..], &["--record"]].concat();
    let measured = run(folder.path(), &variables(&url), &record);
    assert!(measured.status.success(), "{}", stderr(&measured));
    assert_eq!(provider.seen().len(), 3);
    let triaged = run(folder.path(), &[], &with("triage", "--jsonl"));
    assert_eq!(sources(&triaged), ["model", "model", "embedded"]);
    let read = lines(&stdout(&triaged));
    let categories: Vec<&Value> = read.iter().map(|line| &line["category"]).collect();
    assert_eq!(categories, ["Boats", "Boats", "Boats"]);
    assert_eq!(read[0]["abstains"]["category"], true);
    let text = stdout(&measured);
    let figures = text
        .lines()
        .map(|line| line.split_whitespace().collect::<Vec<_>>())
        .find(|cells| cells[0] == "category")
        .unwrap();
    assert_eq!(figures[1..4], ["3", "2", "0.667"], "{text}");
    let stand_ins =
        "calls: 3; 1 tickets got no answer and count as the embedded analyzer reads them";
    assert!(text.contains(stand_ins), "{text}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_provider_that_asks_for_a_moment_is_asked_again() {
    let folder = folder();
    write(folder.path());
    let provider = Provider::start().await;
    for category in ["boats", "kites", "boats"] {
        let busy = br#"{"error": {"message": "slow down"}}"#;
        provider.reply(Reply::with(429, &[("retry-after", "0")], busy));
        provider.reply(answer(&reading(category, "high")));
    }
    let url = provider.url();
    let output = run(folder.path(), &variables(&url), &TRIAGE[..7]);
    assert!(output.status.success(), "{}", stderr(&output));
    assert_eq!(provider.seen().len(), 6);
    let read = lines(&stdout(&output));
    assert!(
        read.iter().all(|line| line["source"] == "model"),
        "{read:?}"
    );
    assert!(!folder.path().join("cassette.jsonl").exists());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_measure_of_a_model_says_what_it_took() {
    let folder = folder();
    write(folder.path());
    let settled = r#"{"id": 9, "text": "x", "category": "Boats", "priority": "High"}
        {"id": 8, "text": "y", "category": "Kites"}"#;
    fs::write(folder.path().join("settled.jsonl"), settled).unwrap();
    let provider = Provider::start().await;
    for category in ["boats", "boats", "boats"] {
        provider.reply(answer(&reading(category, "high")));
    }
    let line = "eval --data tickets.jsonl --train settled.jsonl --provider openai --cassette c.jsonl --price-in 0.25 --price-out 2";
    let arguments: Vec<&str> = line.split(' ').collect();
    let url = provider.url();
    let record = [&arguments[..], &["--record"]].concat();
    let recorded = run(folder.path(), &variables(&url), &record);
    assert!(recorded.status.success(), "{}", stderr(&recorded));
    drop(provider);
    let played = run(folder.path(), &[], &arguments);
    assert_eq!(stdout(&played), stdout(&recorded));
    let text = stdout(&played);
    assert!(
        text.starts_with("openai/fake-1, 3 tickets to read\n"),
        "{text}"
    );
    let figures = text
        .lines()
        .map(|line| line.split_whitespace().collect::<Vec<_>>())
        .find(|cells| cells[0] == "category")
        .unwrap();
    assert_eq!(figures[1..5], ["3", "2", "0.667", "0.400"], "{text}");
    for part in [
        "calls: 3; 0 tickets got no answer",
        "tokens: 2700 of questions (1536 of them cached), 120 of answers",
        "latency: ",
        // 2700 × 0.25 + 120 × 2 of a million
        "cost: 0.000915 USD, 0.3050 USD for 1,000 tickets",
    ] {
        assert!(text.contains(part), "{part} in {text}");
    }
    let line = "eval --data tickets.jsonl --train settled.jsonl --price-in 1 --price-out 2";
    let arguments: Vec<&str> = line.split(' ').collect();
    let embedded = run(folder.path(), &[], &arguments);
    assert!(stdout(&embedded).ends_with("cost: 0.000000 USD, 0.0000 USD for 1,000 tickets\n"));
}

#[test]
fn what_can_not_be_asked_is_one_line() {
    let folder = folder();
    write(folder.path());
    fs::write(folder.path().join("cassette.jsonl"), "\nCANARY\n").unwrap();
    let key = [("OPENAI_API_KEY", KEY)];
    let open = [
        ("OPENAI_API_KEY", KEY),
        ("OPENAI_BASE_URL", "http://10.0.0.1/v1"),
    ];
    for (variables, arguments, part) in [
        (
            &[][..],
            &TRIAGE[..7],
            "OPENAI_API_KEY is not set, and OPENAI_BASE_URL is not either",
        ),
        (
            &[],
            &["triage", "--jsonl", "tickets.jsonl", "--provider", "gemini"],
            "GEMINI_API_KEY is not set",
        ),
        (&open, &TRIAGE[..7], "OPENAI_BASE_URL must be https: "),
        (
            &[],
            &TRIAGE,
            "cassette.jsonl: line 2 is no recorded exchange: it is no JSON",
        ),
        (
            &key,
            &[&TRIAGE[..], &["--record"]].concat(),
            "cassette.jsonl: line 2 is no recorded exchange: it is no JSON",
        ),
        (
            &[],
            &["triage", "--jsonl", "tickets.jsonl", "--cassette", "c"],
            "--cassette is for models",
        ),
        (
            &key,
            &[
                "eval",
                "--data",
                "tickets.jsonl",
                "--train",
                "tickets.jsonl",
                "--provider",
                "openai",
                "--curve",
            ],
            "--curve is for the embedded analyzer",
        ),
    ] {
        let output = run(folder.path(), variables, arguments);
        assert_eq!(output.status.code(), Some(1), "{arguments:?}");
        let said = stderr(&output);
        assert_eq!(said.lines().count(), 1, "{said}");
        assert!(said.starts_with("error: ") && said.contains(part), "{said}");
        assert!(!said.contains("CANARY"), "{said}");
        assert_eq!(stdout(&output), "");
    }
    let damaged = fs::read_to_string(folder.path().join("cassette.jsonl")).unwrap();
    assert_eq!(damaged, "\nCANARY\n", "as it was");
    for arguments in [
        &["triage", "--jsonl", "t", "--record"][..],
        &["triage", "--jsonl", "t", "--parallel", "0"],
        &["triage", "--jsonl", "t", "--parallel", "33"],
        &["eval", "--data", "t", "--price-in", "1"],
        &[
            "eval",
            "--data",
            "t",
            "--price-in",
            "-1",
            "--price-out",
            "1",
        ],
    ] {
        let output = run(folder.path(), &[], arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
    }
}

/// The same of Gemini.
fn answer_of_gemini(content: &Value) -> Reply {
    let body = json!({
        "candidates": [{
            "content": {"parts": [{"text": content.to_string()}]},
            "finishReason": "STOP",
        }],
        "usageMetadata": {"promptTokenCount": 900, "candidatesTokenCount": 40},
        "modelVersion": "fake-2-2026",
    });
    Reply::json(200, &body)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn gemini_is_recorded_and_played_too() {
    let folder = folder();
    write(folder.path());
    let provider = Provider::start().await;
    for category in ["boats", "kites", "boats"] {
        provider.reply(answer_of_gemini(&reading(category, "low")));
    }
    let url = provider.url() + "/v1beta";
    let variables = [
        ("GEMINI_API_KEY", KEY),
        ("GEMINI_BASE_URL", url.as_str()),
        ("GEMINI_MODEL", "models/fake-2"),
    ];
    let line = "triage --jsonl tickets.jsonl --options options.json --provider gemini --cassette c";
    let arguments: Vec<&str> = line.split(' ').collect();
    let record = [&arguments[..], &["--record", "--parallel", "3"]].concat();
    let recorded = run(folder.path(), &variables, &record);
    assert!(recorded.status.success(), "{}", stderr(&recorded));
    let asked = provider.seen();
    assert_eq!(asked[0].line, "POST /v1beta/models/fake-2:generateContent");
    assert_eq!(asked[0].header("x-goog-api-key"), Some(KEY));
    let read = lines(&stdout(&recorded));
    assert!(
        read.iter().all(|line| line["model"] == "gemini/fake-2"),
        "{read:?}"
    );
    let played = run(folder.path(), &[], &arguments);
    assert_eq!(stdout(&played), stdout(&recorded));
}
