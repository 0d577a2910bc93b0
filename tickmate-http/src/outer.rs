//! The outer layer: what every request and response has, independent of the handler.

use std::{any::Any, convert::Infallible, sync::Arc};

use axum::{
    extract::{MatchedPath, OriginalUri, Request},
    middleware::{Next, from_fn},
    response::{IntoResponse, Response},
};
use http::{HeaderMap, HeaderName, HeaderValue, header};
use tower::{Layer, Service, ServiceBuilder, util::BoxCloneSyncService};
use tower_http::{
    catch_panic::CatchPanicLayer,
    request_id::{MakeRequestId, PropagateRequestIdLayer, RequestId, SetRequestIdLayer},
};

use crate::{problem::Problem, state::DeskApi};

pub(crate) const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The headers of every response: browsers must not guess the type, store the response, or send a referrer.
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

/// The further headers of a desk that is reached by https.
const OVER_HTTPS: [(HeaderName, HeaderValue); 2] = [
    (
        header::STRICT_TRANSPORT_SECURITY,
        HeaderValue::from_static("max-age=31536000"),
    ),
    (
        HeaderName::from_static("cross-origin-opener-policy"),
        HeaderValue::from_static("same-origin"),
    ),
];

/// Inserts the headers that every response has.
pub(crate) fn insert_fixed_headers(headers: &mut HeaderMap, is_https: bool) {
    headers.extend(ALWAYS);
    if is_https {
        headers.extend(OVER_HTTPS);
    }
}

/// The layer of every route: request id, log line, security headers, bodies of errors, panics.
///
/// [`DeskApi::outer_layer`] makes it.
#[derive(Debug, Clone)]
pub struct OuterLayer {
    api: DeskApi,
}

impl OuterLayer {
    pub(crate) const fn new(api: DeskApi) -> Self {
        Self { api }
    }
}

impl<S> Layer<S> for OuterLayer
where
    S: Service<Request, Response = Response, Error = Infallible> + Clone + Send + Sync + 'static,
    S::Future: Send + 'static,
{
    type Service = BoxCloneSyncService<Request, Response, Infallible>;

    fn layer(&self, inner: S) -> Self::Service {
        let is_https = self.api.settings().secure_cookies;
        let service = ServiceBuilder::new()
            .map_response(move |mut response: Response| {
                insert_fixed_headers(response.headers_mut(), is_https);
                response
            })
            .map_request(without_request_id)
            .layer(SetRequestIdLayer::new(
                X_REQUEST_ID,
                RequestIds(self.api.clone()),
            ))
            .layer(PropagateRequestIdLayer::new(X_REQUEST_ID))
            .layer(from_fn(finish))
            .layer(CatchPanicLayer::custom(panicked))
            .service(inner);
        BoxCloneSyncService::new(service)
    }
}

/// Removes the client's own request id, which may contain anything and would be logged.
fn without_request_id(mut request: Request) -> Request {
    request.headers_mut().remove(X_REQUEST_ID);
    request
}

/// Makes the ids of requests.
#[derive(Clone)]
struct RequestIds(DeskApi);

impl MakeRequestId for RequestIds {
    fn make_request_id<B>(&mut self, _: &http::Request<B>) -> Option<RequestId> {
        let id = HeaderValue::from_str(&self.0.app().request_id());
        id.ok().map(RequestId::new)
    }
}

fn panicked(_: Box<dyn Any + Send + 'static>) -> Response {
    Problem::internal().into_response()
}

/// Gives a [`Problem`] its body, and logs the request.
async fn finish(request: Request, next: Next) -> Response {
    let id = request.extensions().get::<RequestId>();
    let id = id.and_then(|id| id.header_value().to_str().ok());
    let id = id.unwrap_or_default().to_owned();
    let method = request.method().clone();
    let uri = request.extensions().get::<OriginalUri>();
    let instance = uri
        .map_or_else(|| request.uri(), |uri| &uri.0)
        .path()
        .to_owned();
    let matched = request.extensions().get::<MatchedPath>().cloned();

    let mut response = next.run(request).await;
    if let Some(problem) = response.extensions_mut().remove::<Arc<Problem>>() {
        problem.log(&id);
        response = problem.render(response, &instance, &id);
    }
    // The route's path template, never the requested path, which may contain anything.
    let path = matched.as_ref().map_or("-", MatchedPath::as_str);
    let status = response.status().as_u16();
    tracing::info!(%method, path, status, request_id = id, "request");
    response
}
