//! The outer layer: what every request and response has, whichever handler serves it.

use std::{any::Any, convert::Infallible, sync::Arc};

use axum::{
    extract::{MatchedPath, OriginalUri, Request},
    middleware::{Next, from_fn},
    response::{IntoResponse, Response},
};
use http::{HeaderName, HeaderValue, header};
use tower::{Layer, Service, ServiceBuilder, util::BoxCloneSyncService};
use tower_http::{
    catch_panic::CatchPanicLayer,
    request_id::{MakeRequestId, PropagateRequestIdLayer, RequestId, SetRequestIdLayer},
    set_header::SetResponseHeaderLayer,
};

use crate::{problem::Problem, state::DeskApi};

const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const CROSS_ORIGIN_OPENER_POLICY: HeaderName =
    HeaderName::from_static("cross-origin-opener-policy");

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
        let over_https = self.api.settings().secure_cookies;
        let always =
            |name, value| SetResponseHeaderLayer::overriding(name, HeaderValue::from_static(value));
        let https_only = |name, value| {
            let value = over_https.then(|| HeaderValue::from_static(value));
            SetResponseHeaderLayer::overriding(name, value)
        };
        let service = ServiceBuilder::new()
            .layer(always(header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
            .layer(always(header::CACHE_CONTROL, "no-store"))
            .layer(always(header::REFERRER_POLICY, "no-referrer"))
            .layer(https_only(
                header::STRICT_TRANSPORT_SECURITY,
                "max-age=31536000",
            ))
            .layer(https_only(CROSS_ORIGIN_OPENER_POLICY, "same-origin"))
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

/// Removes the client's own request id, which could hold anything and would end up in the log.
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
    // The path as it is mounted, never as it was sent: that may hold anything.
    let path = matched.as_ref().map_or("-", MatchedPath::as_str);
    let status = response.status().as_u16();
    tracing::info!(%method, path, status, request_id = id, "request");
    response
}
