//! The HTTP client for a desk that is killed repeatedly: it sends the same request until it is answered.

use std::{net::SocketAddr, time::Duration};

use reqwest::{Client, Method, StatusCode};
use serde_json::Value;
use tokio::{sync::watch, time::sleep};

use crate::failure::Failure;

/// How long a client waits before it retries a request.
const RETRY_DELAY: Duration = Duration::from_millis(20);
/// How long a client waits for an answer.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(10);

/// The address of the desk, while it serves.
pub(crate) type Address = watch::Receiver<Option<SocketAddr>>;

/// The API of the desk as clients use it.
#[derive(Debug, Clone)]
pub(crate) struct Api {
    client: Client,
    address: Address,
}

/// A request, which is the same at every attempt.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    method: Method,
    path: String,
    token: Option<String>,
    key: Option<String>,
    body: Option<String>,
}

/// An answer of the desk.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) body: Value,
    /// Whether an earlier attempt may have been executed without an answer.
    pub(crate) retried: bool,
}

impl Request {
    /// Creates a GET request.
    pub(crate) fn get(path: impl Into<String>) -> Self {
        Self {
            method: Method::GET,
            path: path.into(),
            token: None,
            key: None,
            body: None,
        }
    }

    /// Creates a POST request with a JSON body.
    pub(crate) fn post(path: impl Into<String>, body: &Value) -> Self {
        Self {
            method: Method::POST,
            body: Some(body.to_string()),
            ..Self::get(path)
        }
    }

    /// Creates a PATCH request with a JSON body.
    pub(crate) fn patch(path: impl Into<String>, body: &Value) -> Self {
        Self {
            method: Method::PATCH,
            ..Self::post(path, body)
        }
    }

    /// Sets the token of the caller.
    pub(crate) fn by(mut self, token: &str) -> Self {
        self.token = Some(token.to_owned());
        self
    }

    /// Sets the idempotency key.
    pub(crate) fn key(mut self, key: String) -> Self {
        self.key = Some(key);
        self
    }
}

impl Answer {
    /// Describes the answer in a sentence for the report.
    pub(crate) fn sentence(&self, what: &str) -> String {
        let detail = self.body["detail"].as_str().unwrap_or_default();
        format!("{what} was answered with {} {detail}", self.status.as_u16())
    }
}

impl Api {
    pub(crate) fn new(address: Address) -> Result<Self, Failure> {
        let client = Client::builder().timeout(ANSWER_TIMEOUT).build()?;
        Ok(Self { client, address })
    }

    /// Sends a request until it is answered, across restarts of the desk. 503 does not count as an answer.
    pub(crate) async fn send(&self, request: &Request) -> Answer {
        let mut retried = false;
        loop {
            let address = self.wait_for_address().await;
            match self.send_once(address, request).await {
                Ok((status, body)) if status != StatusCode::SERVICE_UNAVAILABLE => {
                    return Answer {
                        status,
                        body,
                        retried,
                    };
                }
                Ok(_) | Err(_) => retried = true,
            }
            sleep(RETRY_DELAY).await;
        }
    }

    /// Waits until the desk serves, and returns its address.
    async fn wait_for_address(&self) -> SocketAddr {
        let mut address = self.address.clone();
        loop {
            let current = *address.borrow_and_update();
            if let Some(current) = current {
                return current;
            }
            if address.changed().await.is_err() {
                // The desk will not be started again. The caller of this client has a time limit of its own.
                std::future::pending::<()>().await;
            }
        }
    }

    async fn send_once(
        &self,
        address: SocketAddr,
        request: &Request,
    ) -> reqwest::Result<(StatusCode, Value)> {
        let url = format!("http://{address}{}", request.path);
        let mut builder = self.client.request(request.method.clone(), url);
        if let Some(token) = &request.token {
            builder = builder.bearer_auth(token);
        }
        if let Some(key) = &request.key {
            builder = builder.header("idempotency-key", key);
        }
        if let Some(body) = &request.body {
            builder = builder
                .header("content-type", "application/json")
                .body(body.clone());
        }
        let response = builder.send().await?;
        Ok((response.status(), response.json().await?))
    }
}
