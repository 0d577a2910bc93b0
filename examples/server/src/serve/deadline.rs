//! What the server adds to a request: where it comes from, a deadline for its body, and the answer that it is not
//! ready once it stops.

use std::{
    future::Future,
    net::SocketAddr,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::ConnectInfo,
};
use hyper::{
    Request, Response, StatusCode,
    body::{Frame, Incoming, SizeHint},
    header::{self, HeaderValue},
};
use serde_json::json;
use tokio::time::sleep;
use tower::ServiceExt;

use super::Stop;

/// By when the whole body of a request must be there.
const BODY: Duration = Duration::from_secs(30);

/// By when, once the server is to stop.
const LAST_BODY: Duration = Duration::from_secs(3);

/// Answers one request.
pub(super) async fn answer(
    router: Router,
    request: Request<Incoming>,
    peer: SocketAddr,
    stop: Stop,
) -> Response<Body> {
    let path = request.uri().path().to_owned();
    if stop.is_stopped() && path == "/readyz" {
        return problem(
            StatusCode::SERVICE_UNAVAILABLE,
            "unavailable",
            "the server is stopping",
            &path,
            None,
        );
    }
    let late = Arc::new(AtomicBool::new(false));
    let stopped = async move { stop.stopped().await };
    let punctual = |body| Punctual::new(body, stopped, Arc::clone(&late));
    let mut request = request.map(|body| Body::new(punctual(body)));
    request.extensions_mut().insert(ConnectInfo(peer));
    let answered = match router.oneshot(request).await {
        Ok(response) => response,
        Err(never) => match never {},
    };
    match late.load(Ordering::Relaxed) {
        false => answered,
        true => problem(
            StatusCode::REQUEST_TIMEOUT,
            "request_timeout",
            "the body took too long to arrive",
            &path,
            answered.headers().get("x-request-id"),
        ),
    }
}

/// An error as the API writes them. The connection ends with it.
fn problem(
    status: StatusCode,
    code: &str,
    detail: &str,
    path: &str,
    request_id: Option<&HeaderValue>,
) -> Response<Body> {
    let body = json!({
        "type": "about:blank",
        "title": status.canonical_reason(),
        "status": status.as_u16(),
        "detail": detail,
        "instance": path,
        "code": code,
        "requestId": request_id.and_then(|id| id.to_str().ok()),
        "errors": [],
        "success": false,
        "message": detail,
        "error": detail,
    });
    let mut response = Response::new(Body::from(body.to_string()));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    let fixed = [
        (header::CONTENT_TYPE, "application/problem+json"),
        (header::CACHE_CONTROL, "no-store"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::CONNECTION, "close"),
        (header::RETRY_AFTER, "2"),
    ];
    for (name, value) in fixed {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if let Some(id) = request_id {
        headers.insert("x-request-id", id.clone());
    }
    response
}

/// A body that fails when it is not there in time.
struct Punctual<B> {
    body: B,
    deadline: Pin<Box<dyn Future<Output = ()> + Send>>,
    late: Arc<AtomicBool>,
}

impl<B> Punctual<B> {
    fn new(
        body: B,
        stopped: impl Future<Output = ()> + Send + 'static,
        late: Arc<AtomicBool>,
    ) -> Self {
        let deadline = async move {
            tokio::select! {
                () = sleep(BODY) => {}
                () = async { stopped.await; sleep(LAST_BODY).await } => {}
            }
        };
        Self {
            body,
            deadline: Box::pin(deadline),
            late,
        }
    }
}

/// Why a body ended early.
#[derive(Debug, thiserror::Error)]
enum BodyError<E> {
    /// The connection failed.
    #[error("the body could not be read")]
    Read(#[source] E),
    /// It took too long.
    #[error("the body took too long to arrive")]
    Late,
}

impl<B> hyper::body::Body for Punctual<B>
where
    B: hyper::body::Body<Data = Bytes> + Unpin,
{
    type Data = Bytes;
    type Error = BodyError<B::Error>;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        if let Poll::Ready(frame) = Pin::new(&mut self.body).poll_frame(cx) {
            return Poll::Ready(frame.map(|frame| frame.map_err(BodyError::Read)));
        }
        self.deadline.as_mut().poll(cx).map(|()| {
            self.late.store(true, Ordering::Relaxed);
            Some(Err(BodyError::Late))
        })
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use http_body_util::BodyExt;

    use super::*;

    /// A body that never ends.
    struct Silent;

    impl hyper::body::Body for Silent {
        type Data = Bytes;
        type Error = Infallible;

        fn poll_frame(
            self: Pin<&mut Self>,
            _: &mut Context<'_>,
        ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
            Poll::Pending
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_does_not_come_fails_after_half_a_minute() {
        let late = Arc::new(AtomicBool::new(false));
        let started = tokio::time::Instant::now();
        let body = Punctual::new(Silent, std::future::pending(), Arc::clone(&late));
        let error = body.collect().await.unwrap_err();
        assert!(matches!(error, BodyError::Late));
        assert!(late.load(Ordering::Relaxed));
        assert_eq!(started.elapsed().as_secs(), 30);
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_does_not_come_holds_nobody_up_who_stops() {
        let late = Arc::new(AtomicBool::new(false));
        let started = tokio::time::Instant::now();
        let stopped = sleep(Duration::from_secs(2));
        let body = Punctual::new(Silent, stopped, Arc::clone(&late));
        let error = body.collect().await.unwrap_err();
        assert!(matches!(error, BodyError::Late));
        assert_eq!(started.elapsed().as_secs(), 5);
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_is_there_is_left_alone() {
        let late = Arc::new(AtomicBool::new(false));
        let body = http_body_util::Full::new(Bytes::from_static(b"text"));
        let body = Punctual::new(body, std::future::pending(), Arc::clone(&late));
        let bytes = body.collect().await.unwrap().to_bytes();
        assert_eq!(&bytes[..], b"text");
        assert!(!late.load(Ordering::Relaxed));
    }

    #[tokio::test]
    async fn an_error_of_the_server_looks_like_one_of_the_api() {
        let id = HeaderValue::from_static("7");
        let status = StatusCode::REQUEST_TIMEOUT;
        let response = problem(status, "request_timeout", "slow", "/api/x", Some(&id));
        assert_eq!(response.status(), status);
        assert_eq!(response.headers()[header::CONNECTION], "close");
        let bytes = response.into_body().collect().await.unwrap().to_bytes();
        let body: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
        assert_eq!(body["status"], 408);
        assert_eq!(body["requestId"], "7");
        assert_eq!(body["title"], "Request Timeout");
    }
}
