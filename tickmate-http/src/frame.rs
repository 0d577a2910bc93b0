//! What surrounds every request: its id, its line in the log, the headers of every answer, and the body of errors.

use std::{panic::AssertUnwindSafe, sync::Arc};

use axum::{
    extract::{MatchedPath, OriginalUri, Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use futures_util::FutureExt;
use http::{HeaderMap, HeaderName, HeaderValue, header};

use crate::{problem::Problem, state::App};

/// The header that names a request.
pub(crate) const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The headers of every answer: browsers guess no type, keep no copy, and send no address along with links.
const ALWAYS: [(HeaderName, HeaderValue); 3] = [
    (
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    ),
    (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    (
        header::REFERRER_POLICY,
        HeaderValue::from_static("no-referrer"),
    ),
];

/// The headers of every answer where the desk is reached by https: browsers return by https for a year, and no window
/// of another origin can reach one of the desk.
const HTTPS: [(HeaderName, HeaderValue); 2] = [
    (
        header::STRICT_TRANSPORT_SECURITY,
        HeaderValue::from_static("max-age=31536000"),
    ),
    (
        HeaderName::from_static("cross-origin-opener-policy"),
        HeaderValue::from_static("same-origin"),
    ),
];

/// Inserts the headers of every answer.
pub(crate) fn insert_fixed_headers(headers: &mut HeaderMap, is_https: bool) {
    headers.extend(ALWAYS);
    if is_https {
        headers.extend(HTTPS);
    }
}

/// Serves a request within its frame. A panic is this request's 500 and nobody else's.
pub(crate) async fn frame(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let id = app.request_id();
    let method = request.method().clone();
    let uri = request.extensions().get::<OriginalUri>();
    let instance = uri
        .map_or_else(|| request.uri(), |uri| &uri.0)
        .path()
        .to_owned();
    let matched = request.extensions().get::<MatchedPath>().cloned();

    let served = AssertUnwindSafe(next.run(request)).catch_unwind().await;
    let mut response = served.unwrap_or_else(|_| Problem::internal().into_response());
    if let Some(problem) = response.extensions_mut().remove::<Arc<Problem>>() {
        problem.log(&id);
        response = problem.render(response, &instance, &id);
    }
    let headers = response.headers_mut();
    insert_fixed_headers(headers, app.settings.secure_cookies);
    if let Ok(id) = HeaderValue::from_str(&id) {
        headers.insert(X_REQUEST_ID, id);
    }
    // The path as it is mounted, never as it was sent: that may hold anything.
    let path = matched.as_ref().map_or("-", MatchedPath::as_str);
    let status = response.status().as_u16();
    tracing::info!(%method, path, status, request_id = id, "request");
    response
}
