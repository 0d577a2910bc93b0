//! The body of a request: it arrives in time or fails, and uses no more memory than its bytes.

use std::{
    error::Error,
    future::Future,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll},
};

use axum::body::{Bytes, HttpBody};
use hyper::body::{Frame, SizeHint};
use tokio::time::sleep;

use super::{ServeLimits, state::ConnectionState, stop::Stop};

/// Frames up to this size are copied: they are slices of hyper's read buffer, which may be many times larger.
const COPIED_BYTES: usize = 16 << 10;

/// A body with a deadline.
pub(super) struct RequestBody<B> {
    body: B,
    deadline: Pin<Box<dyn Future<Output = ()> + Send>>,
    state: Arc<ConnectionState>,
    is_late: Arc<AtomicBool>,
    is_complete: bool,
}

/// Why a body ended early.
#[derive(Debug, thiserror::Error)]
pub(super) enum RequestBodyError {
    /// The connection failed.
    #[error("the body could not be read")]
    Read(#[source] Box<dyn Error + Send + Sync>),
    /// It took too long.
    #[error("the body took too long to arrive")]
    Late,
}

impl<B: HttpBody> RequestBody<B> {
    /// Gives a body its deadline. `is_late` is set when it passes.
    pub(super) fn new(
        body: B,
        limits: &ServeLimits,
        stop: Stop,
        state: Arc<ConnectionState>,
        is_late: Arc<AtomicBool>,
    ) -> Self {
        let (body_timeout, stop_body_timeout) = (limits.body_timeout, limits.stop_body_timeout);
        let deadline = async move {
            tokio::select! {
                () = sleep(body_timeout) => {}
                () = async { stop.stopped().await; sleep(stop_body_timeout).await } => {}
            }
        };
        Self {
            is_complete: body.is_end_stream(),
            body,
            deadline: Box::pin(deadline),
            state,
            is_late,
        }
    }
}

impl<B> HttpBody for RequestBody<B>
where
    B: HttpBody<Data = Bytes> + Unpin,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    type Data = Bytes;
    type Error = RequestBodyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, RequestBodyError>>> {
        if let Poll::Ready(frame) = Pin::new(&mut self.body).poll_frame(cx) {
            self.is_complete = frame.is_none() || self.body.is_end_stream();
            let frame = frame.map(|frame| match frame {
                Ok(frame) => Ok(frame.map_data(unpinned)),
                Err(error) => Err(RequestBodyError::Read(error.into())),
            });
            return Poll::Ready(frame);
        }
        self.deadline.as_mut().poll(cx).map(|()| {
            self.is_late.store(true, Ordering::Relaxed);
            Some(Err(RequestBodyError::Late))
        })
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl<B> Drop for RequestBody<B> {
    fn drop(&mut self) {
        if !self.is_complete {
            self.state.leave_input_unread();
        }
    }
}

/// Copies small slices out of the large buffer that they would keep in memory.
fn unpinned(data: Bytes) -> Bytes {
    match data.len() {
        ..=COPIED_BYTES => Bytes::copy_from_slice(&data),
        _ => data,
    }
}

#[cfg(test)]
mod tests {
    use std::{convert::Infallible, time::Duration};

    use axum::body::Body;
    use http_body_util::BodyExt;
    use tokio::time::Instant;

    use super::{super::stop::stop_channel, *};

    /// A body that never ends.
    struct Silent;

    impl HttpBody for Silent {
        type Data = Bytes;
        type Error = Infallible;

        fn poll_frame(
            self: Pin<&mut Self>,
            _: &mut Context<'_>,
        ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
            Poll::Pending
        }
    }

    #[derive(Default)]
    struct Observed {
        state: Arc<ConnectionState>,
        is_late: Arc<AtomicBool>,
    }

    impl Observed {
        fn body<B: HttpBody>(&self, body: B, stop: Stop) -> RequestBody<B> {
            let limits = ServeLimits::default();
            let (state, is_late) = (Arc::clone(&self.state), Arc::clone(&self.is_late));
            RequestBody::new(body, &limits, stop, state, is_late)
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_does_not_arrive_fails_after_its_time() {
        let (_sender, stop) = stop_channel();
        let observed = Observed::default();
        let began = Instant::now();
        let error = observed.body(Silent, stop).collect().await.unwrap_err();
        assert!(matches!(error, RequestBodyError::Late));
        assert_eq!(began.elapsed(), ServeLimits::default().body_timeout);
        assert!(observed.is_late.load(Ordering::Relaxed));
        assert!(observed.state.has_unread_input());
    }

    #[tokio::test(start_paused = true)]
    async fn a_server_that_stops_waits_for_a_shorter_time() {
        let (sender, stop) = stop_channel();
        let observed = Observed::default();
        let began = Instant::now();
        let stopping = async {
            sleep(Duration::from_secs(2)).await;
            sender.stop();
        };
        let (error, ()) = tokio::join!(observed.body(Silent, stop).collect(), stopping);
        assert!(matches!(error.unwrap_err(), RequestBodyError::Late));
        assert_eq!(began.elapsed(), Duration::from_secs(5));
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_is_there_is_left_alone() {
        let (_sender, stop) = stop_channel();
        let observed = Observed::default();
        let body = observed.body(Body::from("text"), stop);
        assert_eq!(body.collect().await.unwrap().to_bytes(), "text");
        assert!(!observed.is_late.load(Ordering::Relaxed));
        assert!(!observed.state.has_unread_input());
    }

    #[test]
    fn small_slices_do_not_keep_their_buffer() {
        let buffer = Bytes::from(vec![7; 1 << 20]);
        let copy = unpinned(buffer.slice(..10));
        assert_eq!(copy, buffer[..10]);
        assert_ne!(copy.as_ptr(), buffer.as_ptr());
        let large = unpinned(buffer.slice(..COPIED_BYTES + 1));
        assert_eq!(large.as_ptr(), buffer.as_ptr());
    }
}
