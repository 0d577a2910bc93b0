//! The exchange over real connections: bounds, redirects, compression, and what the network does.

#![expect(
    clippy::unwrap_used,
    reason = "a test panics where something is not as it should be"
)]

use std::{error::Error, io::Write, time::Duration};

use flate2::{Compression, write::GzEncoder};
use reqwest::{Client, Url, header::HeaderMap};
use serde_json::{Value, json};
use tickmate_ai_http::{
    Answer, ApiKey, Question, Timeouts, careful, client, post,
    testing::{Reply, Server},
    within,
};
use tickmate_core::backend::llm::LlmError;

const MAX: usize = 64 * 1024;

async fn ask_with(client: &Client, server: &str, key: &str) -> Result<Answer, LlmError> {
    let url = Url::parse(&format!("{server}/v1/ask")).unwrap();
    let mut headers = HeaderMap::new();
    let key = ApiKey::new(key).unwrap().header("").unwrap();
    headers.insert("x-goog-api-key", key);
    let question = Question {
        url: &url,
        headers: &headers,
        body: &json!({"q": "x"}),
    };
    let (answer, _) = within(Duration::from_secs(20), post(client, question, MAX)).await?;
    Ok(answer)
}

async fn ask(server: &Server) -> Result<Answer, LlmError> {
    let client = client(&Timeouts::default()).unwrap();
    ask_with(&client, &server.url(), "CANARY-1").await
}

/// A client as a host may have it: it follows redirects and inflates.
fn eager() -> Client {
    let roots = rustls_roots();
    Client::builder()
        .no_proxy()
        .tls_backend_preconfigured(roots)
        .build()
        .unwrap()
}

fn rustls_roots() -> rustls::ClientConfig {
    let provider = std::sync::Arc::new(rustls::crypto::ring::default_provider());
    rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(rustls::RootCertStore::empty())
        .with_no_client_auth()
}

fn shown(error: &LlmError) -> String {
    let mut shown = format!("{error} {error:?}");
    let mut source = error.source();
    while let Some(error) = source {
        shown.push_str(&format!(" {error} {error:?}"));
        source = error.source();
    }
    shown
}

#[tokio::test]
async fn a_question_arrives_as_it_is_and_the_answer_comes_back_whole() {
    let server = Server::start().await;
    let body = "x".repeat(MAX);
    server.reply(Reply::with(200, &[("x-a", "b")], body.as_bytes()));
    let answer = ask(&server).await.unwrap();
    assert!(answer.is_success());
    assert_eq!(answer.body, body.as_bytes());
    assert_eq!(answer.headers["x-a"], "b");

    let seen = server.seen();
    assert_eq!(seen.len(), 1);
    assert_eq!(seen[0].line, "POST /v1/ask");
    assert_eq!(seen[0].header("x-goog-api-key"), Some("CANARY-1"));
    assert_eq!(seen[0].header("content-type"), Some("application/json"));
    assert_eq!(seen[0].header("accept-encoding"), None);
    assert!(
        seen[0]
            .header("user-agent")
            .unwrap()
            .starts_with("tickmate/")
    );
    assert_eq!(seen[0].body, json!({"q": "x"}));
}

#[tokio::test]
async fn reading_stops_at_the_bound() {
    let server = Server::start().await;
    server.reply(Reply::with(200, &[], &vec![b'x'; MAX + 1]));
    assert!(matches!(ask(&server).await, Err(LlmError::Garbled(_))));

    server.reply(Reply::with(500, &[], &vec![b'x'; 5_000_000]));
    let answer = ask(&server).await.unwrap();
    assert_eq!((answer.status, answer.body.len()), (500, MAX));
}

#[tokio::test]
async fn endless_streams_end() {
    let head = b"HTTP/1.1 200 x\r\ntransfer-encoding: chunked\r\n\r\n".to_vec();
    let chunk = [b"10000\r\n".as_slice(), &[b'x'; 0x10000], b"\r\n"].concat();
    let server = Server::start().await;
    server.reply(Reply::Endless(head, chunk));
    assert!(matches!(ask(&server).await, Err(LlmError::Garbled(_))));
    // What the sockets of both sides hold, and nothing beyond.
    assert!(server.written() < 32 << 20, "{}", server.written());
}

#[tokio::test]
async fn a_bomb_is_not_inflated_beyond_the_bound() {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
    for _ in 0..64 {
        gzip.write_all(&[b' '; 1 << 20]).unwrap();
    }
    let bomb = gzip.finish().unwrap();
    assert!(bomb.len() < 1 << 20);
    let server = Server::start().await;
    let gzipped = Reply::with(200, &[("content-encoding", "gzip")], &bomb);
    for client in [client(&Timeouts::default()).unwrap(), eager()] {
        server.reply(gzipped.clone());
        let error = ask_with(&client, &server.url(), "x").await.unwrap_err();
        assert!(matches!(error, LlmError::Garbled(_)), "{error:?}");
    }
    let seen = server.seen();
    assert_eq!(seen[0].header("accept-encoding"), None);
    assert_eq!(seen[1].header("accept-encoding"), Some("gzip"));
}

#[tokio::test]
async fn a_hosts_client_may_inflate_what_fits() {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
    gzip.write_all(b"{\"a\":1}").unwrap();
    let server = Server::start().await;
    let bytes = gzip.finish().unwrap();
    server.reply(Reply::with(200, &[("content-encoding", "gzip")], &bytes));
    let answer = ask_with(&eager(), &server.url(), "x").await.unwrap();
    assert_eq!(answer.body, b"{\"a\":1}");
    server.reply(Reply::with(
        200,
        &[("content-encoding", "gzip")],
        b"no gzip",
    ));
    let error = ask_with(&eager(), &server.url(), "x").await.unwrap_err();
    assert!(error.is_transient(), "{error:?}");
}

#[tokio::test]
async fn redirects_are_not_followed() {
    let elsewhere = Server::start().await;
    let server = Server::start().await;
    let target = format!("{}/take", elsewhere.url());
    for status in [301, 302, 303, 307, 308] {
        for client in [
            client(&Timeouts::default()).unwrap(),
            careful(Client::builder(), &Timeouts::default())
                .tls_backend_preconfigured(rustls_roots())
                .no_proxy()
                .build()
                .unwrap(),
        ] {
            server.reply(Reply::with(status, &[("location", &target)], b""));
            let error = ask_with(&client, &server.url(), "CANARY-1")
                .await
                .unwrap_err();
            assert!(matches!(error, LlmError::Garbled(_)), "{status} {error:?}");
        }
    }
    assert!(elsewhere.seen().is_empty());
}

#[tokio::test]
async fn answers_from_elsewhere_are_refused() {
    let elsewhere = Server::start().await;
    elsewhere.reply(Reply::json(200, &Value::from("taken")));
    let server = Server::start().await;
    let target = format!("{}/take", elsewhere.url());
    server.reply(Reply::with(307, &[("location", &target)], b""));
    let error = ask_with(&eager(), &server.url(), "x").await.unwrap_err();
    assert!(matches!(error, LlmError::Garbled(_)), "{error:?}");
    assert_eq!(elsewhere.seen().len(), 1);
}

#[tokio::test]
async fn nobody_there_is_not_now() {
    let server = Server::start().await;
    let url = server.url();
    drop(server);
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let refused = format!("http://{}", closed.local_addr().unwrap());
    drop(closed);
    let client = client(&Timeouts::default()).unwrap();
    for url in [
        url.as_str(),
        &refused,
        "http://nowhere.invalid",
        "https://127.0.0.1:1",
    ] {
        let error = ask_with(&client, url, "CANARY-1").await.unwrap_err();
        assert!(error.is_transient(), "{error:?}");
        let shown = shown(&error);
        assert!(
            !shown.contains("CANARY") && !shown.contains("/v1/ask"),
            "{shown}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn silence_ends_in_time() {
    let never = std::future::pending::<Result<(), LlmError>>();
    let error = within(Duration::from_secs(20), never).await.unwrap_err();
    assert!(error.is_transient());
    assert!(shown(&error).contains("20s"));
}
