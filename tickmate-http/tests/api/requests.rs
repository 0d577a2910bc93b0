//! Requests as values, and the answers to them.

use axum::{Router, body::Body, response::Response};
use http::{HeaderMap, Method, Request};
use http_body_util::BodyExt;
use serde_json::Value;
use tower::ServiceExt;

use crate::api::{
    contract::{self, Sent},
    people::Caller,
    world::World,
};

pub(crate) struct Call {
    router: Router,
    request: http::request::Builder,
    body: Vec<u8>,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Value,
    pub(crate) text: String,
}

impl World {
    pub(crate) fn call(&self, method: Method, path: &str) -> Call {
        Call::to(&self.router, method, path)
    }

    pub(crate) fn get(&self, path: &str) -> Call {
        self.call(Method::GET, path)
    }

    pub(crate) fn post(&self, path: &str) -> Call {
        self.call(Method::POST, path)
    }

    pub(crate) fn put(&self, path: &str) -> Call {
        self.call(Method::PUT, path)
    }

    pub(crate) fn patch(&self, path: &str) -> Call {
        self.call(Method::PATCH, path)
    }
}

impl Call {
    pub(crate) fn to(router: &Router, method: Method, path: &str) -> Self {
        Self {
            router: router.clone(),
            request: Request::builder()
                .method(method)
                .uri(path)
                .header("host", "desk.example:5000"),
            body: Vec::new(),
        }
    }

    pub(crate) fn by(self, caller: &Caller) -> Self {
        match &caller.token {
            Some(token) => self.bearer(token),
            None => self,
        }
    }

    pub(crate) fn bearer(self, token: &str) -> Self {
        self.header("authorization", &format!("Bearer {token}"))
    }

    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.request = self.request.header(name, value);
        self
    }

    pub(crate) fn extension(mut self, extension: impl Clone + Send + Sync + 'static) -> Self {
        self.request = self.request.extension(extension);
        self
    }

    pub(crate) fn json(self, body: &Value) -> Self {
        self.raw("application/json", body.to_string().as_bytes())
    }

    pub(crate) fn raw(mut self, content_type: &str, body: &[u8]) -> Self {
        self.body = body.to_vec();
        self.header("content-type", content_type)
    }

    /// Sends the request, and checks the exchange by the OpenAPI document.
    pub(crate) async fn send(self) -> Answer {
        let request = self.request.body(Body::from(self.body.clone())).unwrap();
        let (method, path) = (request.method().clone(), request.uri().path().to_owned());
        let response = self.router.oneshot(request).await.unwrap();
        let answer = Answer::read(response).await;
        let sent = Sent {
            method: &method,
            path: &path,
            body: &self.body,
        };
        contract::check(sent, &answer).await;
        answer
    }

    /// Sends the request without a check.
    pub(crate) async fn send_unchecked(self) -> Answer {
        let request = self.request.body(Body::from(self.body)).unwrap();
        let response = self.router.oneshot(request).await.unwrap();
        Answer::read(response).await
    }
}

impl Answer {
    async fn read(response: Response) -> Self {
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        Self {
            status: parts.status.as_u16(),
            headers: parts.headers,
            body: serde_json::from_slice(&bytes).unwrap_or_default(),
            text: String::from_utf8_lossy(&bytes).into_owned(),
        }
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    }

    pub(crate) fn code(&self) -> &str {
        self.body["code"].as_str().unwrap_or_default()
    }

    /// Status and code of an error.
    pub(crate) fn refusal(&self) -> (u16, &str) {
        (self.status, self.code())
    }

    /// The names of the fields that were refused.
    pub(crate) fn fields(&self) -> Vec<&str> {
        let errors = self.body["errors"].as_array();
        errors
            .into_iter()
            .flatten()
            .filter_map(|error| error["field"].as_str())
            .collect()
    }

    /// What the body holds beside what differs between two requests.
    pub(crate) fn without_request(&self) -> Value {
        let mut body = self.body.clone();
        if let Some(members) = body.as_object_mut() {
            members.remove("requestId");
            members.remove("instance");
        }
        body
    }
}
