//! How clients talk to a desk that dies all the time: the same request again and again until it is answered.

use std::{net::SocketAddr, time::Duration};

use reqwest::{Client, Method, StatusCode};
use serde_json::Value;
use tokio::{sync::watch, time::sleep};

use crate::failure::Failure;

/// How long a client waits before it sends a request again.
const AGAIN: Duration = Duration::from_millis(20);
/// How long it waits for an answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// Where the desk serves, while it does.
pub(crate) type Address = watch::Receiver<Option<SocketAddr>>;

/// The desk as clients see it.
#[derive(Debug, Clone)]
pub(crate) struct Api {
    client: Client,
    address: Address,
}

/// A request, the same at every try.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    method: Method,
    path: String,
    token: Option<String>,
    key: Option<String>,
    body: Option<String>,
}

/// An answer.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) body: Value,
    /// Whether an earlier try may have been taken without an answer.
    pub(crate) retried: bool,
}

impl Request {
    /// Reads.
    pub(crate) fn get(path: impl Into<String>) -> Self {
        Self {
            method: Method::GET,
            path: path.into(),
            token: None,
            key: None,
            body: None,
        }
    }

    /// Writes something new.
    pub(crate) fn post(path: impl Into<String>, body: &Value) -> Self {
        Self {
            method: Method::POST,
            body: Some(body.to_string()),
            ..Self::get(path)
        }
    }

    /// Changes something.
    pub(crate) fn patch(path: impl Into<String>, body: &Value) -> Self {
        Self {
            method: Method::PATCH,
            ..Self::post(path, body)
        }
    }

    /// On whose behalf.
    pub(crate) fn by(mut self, token: &str) -> Self {
        self.token = Some(token.to_owned());
        self
    }

    /// Under which key.
    pub(crate) fn key(mut self, key: String) -> Self {
        self.key = Some(key);
        self
    }
}

impl Answer {
    /// What it says, for people.
    pub(crate) fn sentence(&self, what: &str) -> String {
        let detail = self.body["detail"].as_str().unwrap_or_default();
        format!("{what} was answered with {} {detail}", self.status.as_u16())
    }
}

impl Api {
    pub(crate) fn new(address: Address) -> Result<Self, Failure> {
        let client = Client::builder().timeout(PATIENCE).build()?;
        Ok(Self { client, address })
    }

    /// Sends a request until it is answered, over all lives that the desk has meanwhile. "Come again later" (503) is
    /// no answer.
    pub(crate) async fn send(&self, request: &Request) -> Answer {
        let mut retried = false;
        loop {
            let address = self.served_at().await;
            match self.once(address, request).await {
                Ok((status, body)) if status != StatusCode::SERVICE_UNAVAILABLE => {
                    return Answer {
                        status,
                        body,
                        retried,
                    };
                }
                Ok(_) | Err(_) => retried = true,
            }
            sleep(AGAIN).await;
        }
    }

    /// Waits until the desk serves.
    async fn served_at(&self) -> SocketAddr {
        let mut address = self.address.clone();
        loop {
            let known = *address.borrow_and_update();
            if let Some(known) = known {
                return known;
            }
            if address.changed().await.is_err() {
                // Nobody starts the desk any more; whoever waits for the answer gives up.
                std::future::pending::<()>().await;
            }
        }
    }

    async fn once(
        &self,
        address: SocketAddr,
        request: &Request,
    ) -> reqwest::Result<(StatusCode, Value)> {
        let url = format!("http://{address}{}", request.path);
        let mut sent = self.client.request(request.method.clone(), url);
        if let Some(token) = &request.token {
            sent = sent.bearer_auth(token);
        }
        if let Some(key) = &request.key {
            sent = sent.header("idempotency-key", key);
        }
        if let Some(body) = &request.body {
            sent = sent
                .header("content-type", "application/json")
                .body(body.clone());
        }
        let response = sent.send().await?;
        Ok((response.status(), response.json().await?))
    }
}
