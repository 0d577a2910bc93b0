//! One exchange: sends a question as JSON, and returns the complete answer within limits, or an error.

use std::time::Duration;

use reqwest::{
    Client, Response, Url,
    header::{ACCEPT, CONTENT_ENCODING, CONTENT_TYPE, HeaderMap, HeaderValue, USER_AGENT},
};
use serde_json::Value;
use tickmate_core::backend::llm::LlmError;
use tokio::time::{Instant, timeout};

use crate::Failure;

/// A request to a provider.
#[derive(Debug, Clone, Copy)]
pub struct Question<'a> {
    /// The URL.
    pub url: &'a Url,
    /// The headers in addition to those of every JSON request.
    pub headers: &'a HeaderMap,
    /// The body.
    pub body: &'a Value,
}

/// A response that is not a redirect. The body of an error may be truncated.
#[derive(Debug)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body, limited to the allowed size.
    pub body: Vec<u8>,
}

impl Answer {
    /// Returns whether the status is a success.
    pub const fn is_success(&self) -> bool {
        matches!(self.status, 200..=299)
    }
}

/// Sends one request. Reading stops when the body exceeds the allowed size, counted after any decompression by a host's
/// client.
///
/// # Errors
/// [`LlmError::Unavailable`] for all network errors; [`LlmError::Garbled`] for redirects, including followed ones,
/// compressed answers, and a successful answer that is too large.
pub async fn post(
    client: &Client,
    question: Question<'_>,
    max_bytes: usize,
) -> Result<Answer, LlmError> {
    let mut headers = question.headers.clone();
    let json = HeaderValue::from_static("application/json");
    headers.insert(CONTENT_TYPE, json.clone());
    headers.insert(ACCEPT, json);
    let us = concat!("tickmate/", env!("CARGO_PKG_VERSION"));
    headers.insert(USER_AGENT, HeaderValue::from_static(us));
    let response = client
        .post(question.url.clone())
        .headers(headers)
        .body(question.body.to_string())
        .send()
        .await
        .map_err(not_sent)?;
    read(response, question.url, max_bytes).await
}

async fn read(mut response: Response, asked: &Url, max_bytes: usize) -> Result<Answer, LlmError> {
    let status = response.status().as_u16();
    if response.url() != asked || matches!(status, 300..=399) {
        return Err(garbled("the answer points elsewhere"));
    }
    let headers = response.headers().clone();
    let is_success = matches!(status, 200..=299);
    let is_plain = headers
        .get_all(CONTENT_ENCODING)
        .iter()
        .all(|encoding| encoding.as_bytes().eq_ignore_ascii_case(b"identity"));
    if is_success && !is_plain {
        return Err(garbled("the answer is compressed, which nobody asked for"));
    }
    let mut body = Vec::new();
    loop {
        let chunk = match response.chunk().await {
            Ok(Some(chunk)) => chunk,
            Err(error) if is_success => return Err(cut_off(error)),
            // The status of an error is sufficient.
            Ok(None) | Err(_) => break,
        };
        let room = max_bytes - body.len();
        if chunk.len() > room {
            if is_success {
                let what = format!("the answer has more than {max_bytes} bytes");
                return Err(LlmError::Garbled(Failure::new(what).into()));
            }
            // The start of an error's body is sufficient, and its status matters more.
            body.extend_from_slice(chunk.get(..room).unwrap_or_default());
            break;
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Answer {
        status,
        headers,
        body,
    })
}

/// Runs an attempt with this timeout, and returns its duration.
///
/// # Errors
/// Errors of the attempt, and [`LlmError::Unavailable`] after the timeout.
pub async fn within<T>(
    total: Duration,
    attempt: impl Future<Output = Result<T, LlmError>>,
) -> Result<(T, Duration), LlmError> {
    let begun = Instant::now();
    match timeout(total, attempt).await {
        Ok(done) => Ok((done?, begun.elapsed())),
        Err(_) => Err(LlmError::Unavailable {
            retry_after: None,
            source: Failure::new(format!("no answer within {total:?}")).into(),
        }),
    }
}

fn garbled(what: &str) -> LlmError {
    LlmError::Garbled(Failure::new(what).into())
}

fn not_sent(error: reqwest::Error) -> LlmError {
    if error.is_builder() {
        let failure = Failure::http("the request can't be built", error);
        return LlmError::Misconfigured(failure.into());
    }
    if error.is_redirect() {
        return LlmError::Garbled(Failure::http("the answer points elsewhere", error).into());
    }
    let what = match (error.is_timeout(), error.is_connect()) {
        (true, _) => "the provider took too long",
        (false, true) => "can't connect to the provider",
        (false, false) => "the connection failed",
    };
    LlmError::Unavailable {
        retry_after: None,
        source: Failure::http(what, error).into(),
    }
}

fn cut_off(error: reqwest::Error) -> LlmError {
    LlmError::Unavailable {
        retry_after: None,
        source: Failure::http("the answer ended early or can't be decoded", error).into(),
    }
}
