//! Answers of the server itself: to requests that reach no route.

use std::sync::atomic::{AtomicU64, Ordering};

use axum::{
    body::Bytes,
    response::{IntoResponse, Response},
};
use http::{HeaderValue, StatusCode, header};

use crate::{
    outer::{X_REQUEST_ID, insert_fixed_headers},
    problem::Problem,
};

/// Makes refusals as the API makes its errors.
#[derive(Debug)]
pub(super) struct Refusals {
    is_https: bool,
    count: AtomicU64,
}

impl Refusals {
    /// Creates the source of refusals. With `is_https` they carry the headers that browsers keep for https.
    pub(super) const fn new(is_https: bool) -> Self {
        Self {
            is_https,
            count: AtomicU64::new(0),
        }
    }

    /// Refuses a request. `answered` is the answer of the router that this one replaces, if there was one.
    pub(super) fn refuse(
        &self,
        problem: &Problem,
        instance: &str,
        answered: Option<&Response>,
    ) -> Response {
        let known =
            answered.and_then(|response| response.headers().get(X_REQUEST_ID)?.to_str().ok());
        let id = known.map_or_else(|| self.next_id(), str::to_owned);
        log(problem, &id);
        let mut response = problem.render(problem.clone().into_response(), instance, &id);
        response.extensions_mut().clear();
        let headers = response.headers_mut();
        insert_fixed_headers(headers, self.is_https);
        headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
        if let Ok(id) = HeaderValue::from_str(&id) {
            headers.insert(X_REQUEST_ID, id);
        }
        response
    }

    /// Returns the bytes of a whole answer, in the place of one of hyper's own, which has no body.
    pub(super) fn refuse_unread(&self, status: StatusCode) -> Bytes {
        let (code, detail) = match status {
            StatusCode::URI_TOO_LONG => ("uri_too_long", "the path and query are too long"),
            StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE => {
                ("headers_too_large", "the headers are too many or too large")
            }
            _ => ("malformed_request", "this is no HTTP/1.1 request"),
        };
        let problem = Problem::new(status, code, detail);
        let id = self.next_id();
        log(&problem, &id);
        let body = problem.body("", &id);
        let mut headers = http::HeaderMap::new();
        insert_fixed_headers(&mut headers, self.is_https);
        let mut answer = format!(
            "HTTP/1.1 {} {}\r\ncontent-type: application/problem+json\r\ncontent-length: {}\r\n\
             connection: close\r\nx-request-id: {id}\r\n",
            status.as_u16(),
            status.canonical_reason().unwrap_or("Error"),
            body.len(),
        )
        .into_bytes();
        for (name, value) in &headers {
            answer.extend_from_slice(name.as_str().as_bytes());
            answer.extend_from_slice(b": ");
            answer.extend_from_slice(value.as_bytes());
            answer.extend_from_slice(b"\r\n");
        }
        answer.extend_from_slice(b"\r\n");
        answer.extend_from_slice(&body);
        answer.into()
    }

    /// Returns an id for a request that reached no route, which would have given it one.
    fn next_id(&self) -> String {
        format!("refused-{:x}", self.count.fetch_add(1, Ordering::Relaxed))
    }
}

fn log(problem: &Problem, id: &str) {
    let (status, code) = (problem.status().as_u16(), problem.code());
    tracing::info!(status, code, request_id = id, "request refused");
}
