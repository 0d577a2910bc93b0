//! Models that read tickets: set up by variables, asked over HTTP.

use serde_json::{Value, json};
use tickmate_ai_http::testing::{Reply, Server as Provider};

use super::support::{Server, eventually, folder, run, stderr, stdout};

const KEY: &str = "CANARY-7f3a9b";

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

fn variables(url: &str) -> [(&str, &str); 3] {
    [
        ("OPENAI_API_KEY", KEY),
        ("OPENAI_BASE_URL", url),
        ("OPENAI_MODEL", "fake-1"),
    ]
}

#[test]
fn check_config_says_who_is_asked_in_which_order_and_no_key() {
    let folder = folder();
    let output = run(
        folder.path(),
        &[
            ("GEMINI_API_KEY", KEY),
            ("OPENAI_BASE_URL", "http://localhost:11434/v1"),
            ("OPENAI_MODEL", "qwen3:8b"),
            ("AI_CHAIN", "openai,gemini"),
            ("AI_DAILY_CALLS", "500"),
            ("AI_TIMEOUT_SECONDS", "30"),
        ],
        &["check-config"],
    );
    assert!(output.status.success(), "{}", stderr(&output));
    let text = stdout(&output);
    let row = |seam: &str| {
        let mut lines = text.lines();
        let found = lines.find(|line| line.trim_start().starts_with(seam));
        found.unwrap().to_owned()
    };
    let analyzer = row("analyser");
    for part in [
        "openai (qwen3:8b at localhost:11434), then gemini (gemini-3.5-flash-lite at generativelanguage.googleapis.com), then embedded ",
        "(OPENAI_BASE_URL, GEMINI_API_KEY, AI_CHAIN)",
    ] {
        assert!(analyzer.contains(part), "{part} in {analyzer}");
    }
    let budget = row("budget");
    assert!(
        budget.contains("500 calls and any number of tokens a day, 4 at once, 30 s each ")
            && budget.contains("(AI_DAILY_CALLS, AI_TIMEOUT_SECONDS)"),
        "{budget}"
    );
    let help = run(folder.path(), &[("GEMINI_API_KEY", KEY)], &["--help"]);
    assert!(stdout(&help).contains("AI_DAILY_TOKENS"));
    let wrong = [
        ("GEMINI_API_KEY", "CANARY two"),
        ("OPENAI_API_KEY", KEY),
        ("OPENAI_BASE_URL", "http://u:CANARY@x.org"),
        ("AI_CHAIN", "CANARY"),
    ];
    let refused = run(folder.path(), &wrong, &["check-config"]);
    assert_eq!(refused.status.code(), Some(1));
    assert_eq!(stderr(&refused).lines().count(), 3, "{}", stderr(&refused));
    for output in [output, help, refused] {
        let said = stdout(&output) + &stderr(&output);
        assert!(!said.contains("CANARY"), "{said}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_with_a_model_has_it_read_tickets() {
    let folder = folder();
    let provider = Provider::start().await;
    for _ in 0..3 {
        provider.reply(answer(&reading("network", "high")));
    }
    let url = provider.url() + "/v1";
    let mut values = variables(&url).to_vec();
    values.push(("LOG_LEVEL", "debug"));
    let server = Server::start_with(folder.path(), &values, &["serve"]);
    let admin = server.admin();
    let number = admin.create("VPN drops", "The VPN is cut every five minutes.");
    let ticket = eventually("the ticket is read", || {
        let ticket = admin.ticket(number);
        ticket["analysis"].is_object().then_some(ticket)
    });
    assert_eq!(ticket["analysis"]["source"], "model", "{ticket}");
    assert_eq!(ticket["analysis"]["model"], "openai/fake-1");
    assert_eq!(ticket["summary"], "About network");
    let asked = provider.seen();
    assert_eq!(asked[0].line, "POST /v1/chat/completions");
    assert_eq!(
        asked[0].header("authorization"),
        Some("Bearer CANARY-7f3a9b")
    );
    assert!(!server.log().contains("CANARY"), "{}", server.log());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_does_not_answer_is_passed_over() {
    let folder = folder();
    let (gemini, openai) = (Provider::start().await, Provider::start().await);
    for _ in 0..3 {
        gemini.reply(Reply::with(403, &[], b"{}"));
        openai.reply(answer(&reading("network", "high")));
    }
    let (first, second) = (gemini.url(), openai.url());
    let mut values = variables(&second).to_vec();
    values.extend([
        ("GEMINI_API_KEY", KEY),
        ("GEMINI_BASE_URL", &first),
        ("AI_DAILY_CALLS", "500"),
    ]);
    let server = Server::start_with(folder.path(), &values, &["serve"]);
    let admin = server.admin();
    let number = admin.create("VPN drops", "The VPN is cut every five minutes.");
    let analysis = eventually("the ticket is read", || {
        let analysis = admin.ticket(number)["analysis"].take();
        analysis.is_object().then_some(analysis)
    });
    assert_eq!(analysis["model"], "openai/fake-1", "{analysis}");
    assert_eq!((gemini.seen().len(), openai.seen().len()), (1, 1));
    let readers = "tickets are read by gemini/gemini-3.5-flash-lite, then openai/fake-1, then embedded; 500 calls and any number of tokens a day";
    assert!(server.log().contains(readers), "{}", server.log());
    assert!(!server.log().contains("CANARY"), "{}", server.log());
}
