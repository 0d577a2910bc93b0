//! A key never shows: not in `Debug`, not in errors and their sources, not in the log of any library.

#![expect(
    clippy::unwrap_used,
    reason = "a test panics where something is not as it should be"
)]

use std::{
    error::Error,
    io,
    sync::{Arc, Mutex},
    time::Duration,
};

use serde_json::json;
use tickmate_ai_http::testing::{Reply, Server, hostile};
use tickmate_ai_openai::{ApiKey, OpenAiLlm, OpenAiSettings, client};
use tickmate_core::backend::llm::{Llm, Prompt};

const KEY: &str = "CANARY-5f2c9e7a1b";

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn a_key_never_shows() {
    let log = Log::default();
    let writer = log.clone();
    // Takes in what libraries say by `log`, too.
    tracing_subscriber::fmt()
        .with_max_level(tracing_subscriber::filter::LevelFilter::TRACE)
        .with_writer(move || writer.clone())
        .init();

    let server = Server::start().await;
    let mut settings = OpenAiSettings::openai(ApiKey::new(KEY).unwrap(), "gpt-9");
    settings.base_url = format!("{}/v1", server.url());
    settings.timeouts.total = Duration::from_millis(400);
    let mut shown = format!("{settings:?}");
    let llm = OpenAiLlm::new(client(&settings.timeouts).unwrap(), settings).unwrap();
    shown.push_str(&format!("{llm:?}"));

    let mut replies: Vec<Reply> = hostile().into_iter().map(|hostile| hostile.reply).collect();
    for status in [400, 401, 402, 403, 404, 429, 500, 503] {
        let said = format!("the key {KEY} (?key={KEY}) is not valid");
        let error = json!({"error": {"code": status, "message": said, "type": KEY, "param": KEY}});
        replies.push(Reply::json(status, &error));
        replies.push(Reply::json(200, &error));
        replies.push(Reply::with(status, &[("x-key", KEY)], said.as_bytes()));
    }
    replies.push(Reply::json(200, &json!({"choices": [KEY]})));
    let prompt = Prompt {
        system: "Read the ticket.".to_owned(),
        user: "VPN".to_owned(),
        schema: json!({"type": "object"}),
        max_output_tokens: 100,
    };
    let count = replies.len();
    for reply in replies {
        server.reply(reply);
        let error = llm.complete(&prompt).await.unwrap_err();
        shown.push_str(&format!("{error} {error:?}"));
        let mut source = error.source();
        while let Some(error) = source {
            shown.push_str(&format!("{error} {error:?}"));
            source = error.source();
        }
    }
    assert_eq!(server.seen().len(), count);
    let bearer = format!("Bearer {KEY}");
    assert!(
        server
            .seen()
            .iter()
            .all(|seen| seen.header("authorization") == Some(&bearer))
    );
    assert!(!shown.contains("CANARY"), "{shown}");
    let logged = String::from_utf8_lossy(&log.0.lock().unwrap()).into_owned();
    assert!(logged.contains("connect"), "nothing was logged");
    assert!(!logged.contains("CANARY"), "{logged}");
}
