//! The stream of a connection: it fails when the client reads nothing, gives hyper's own answers a body, and closes so
//! that the client sees the last answer.

use std::{
    future::Future,
    io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::Duration,
};

use axum::body::Bytes;
use http::StatusCode;
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
    time::{Sleep, sleep},
};

use super::{ServeLimits, refusal::Refusals, state::ConnectionState};

/// How long a client whose request was not read to its end may go on sending, to see the answer.
const LINGER: Duration = Duration::from_secs(1);

/// How much arrived of the first line of a request.
#[derive(Debug, Default)]
struct RequestLine {
    bytes: usize,
    is_complete: bool,
}

/// A TCP stream between hyper and a client that may be slow.
#[derive(Debug)]
pub(super) struct ClientStream {
    stream: TcpStream,
    state: Arc<ConnectionState>,
    refusals: Arc<Refusals>,
    /// How long the client may read nothing.
    read_timeout: Duration,
    stall: Option<Pin<Box<Sleep>>>,
    /// What is left of the answer that replaces hyper's own.
    refusal: Option<Bytes>,
    request_line: RequestLine,
    /// The most bytes of the head of a request.
    head_bytes: usize,
    linger: Option<Pin<Box<Sleep>>>,
}

impl ClientStream {
    /// Wraps a stream.
    pub(super) const fn new(
        stream: TcpStream,
        state: Arc<ConnectionState>,
        refusals: Arc<Refusals>,
        limits: &ServeLimits,
    ) -> Self {
        Self {
            stream,
            state,
            refusals,
            read_timeout: limits.read_timeout,
            stall: None,
            refusal: None,
            request_line: RequestLine {
                bytes: 0,
                is_complete: false,
            },
            head_bytes: limits.head_bytes,
            linger: None,
        }
    }

    /// Fails when nothing was written for too long.
    fn watch<T>(
        &mut self,
        cx: &mut Context<'_>,
        written: Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        if written.is_ready() {
            self.stall = None;
            return written;
        }
        let read_timeout = self.read_timeout;
        let stall = self
            .stall
            .get_or_insert_with(|| Box::pin(sleep(read_timeout)));
        ready!(stall.as_mut().poll(cx));
        self.state.abort();
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }

    /// Takes an answer of hyper's own, to send one with a body in its place. Returns whether it took it.
    fn replace(&mut self, bytes: &[u8]) -> bool {
        if self.refusal.is_some() {
            return true;
        }
        let Some(status) = self.state.is_idle().then(|| error_status(bytes)).flatten() else {
            return false;
        };
        let status = match status {
            StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE
                if self.request_line.bytes >= self.head_bytes =>
            {
                StatusCode::URI_TOO_LONG
            }
            status => status,
        };
        self.state.leave_input_unread();
        self.refusal = Some(self.refusals.refuse_unread(status));
        true
    }

    fn poll_refusal(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while let Some(rest) = self.refusal.as_mut().filter(|rest| !rest.is_empty()) {
            let written = Pin::new(&mut self.stream).poll_write(cx, rest);
            if let Poll::Ready(Ok(count)) = written {
                drop(rest.split_to(count));
            }
            let count = ready!(self.watch(cx, written))?;
            if count == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
        }
        Poll::Ready(Ok(()))
    }

    /// Discards what the client still sends, for a moment.
    fn poll_linger(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let linger = self.linger.get_or_insert_with(|| Box::pin(sleep(LINGER)));
        if linger.as_mut().poll(cx).is_ready() {
            return Poll::Ready(());
        }
        let mut space = [0; 4096];
        loop {
            let mut buffer = ReadBuf::new(&mut space);
            match ready!(Pin::new(&mut self.stream).poll_read(cx, &mut buffer)) {
                Ok(()) if !buffer.filled().is_empty() => {}
                _ => return Poll::Ready(()),
            }
        }
    }
}

impl RequestLine {
    fn count(&mut self, data: &[u8]) {
        if !self.is_complete {
            let end = data.iter().position(|byte| *byte == b'\n');
            self.is_complete = end.is_some();
            self.bytes += end.unwrap_or(data.len());
        }
    }
}

/// The status of an answer that refuses a request.
fn error_status(answer: &[u8]) -> Option<StatusCode> {
    let version = answer.get(..7)?;
    let status = StatusCode::from_bytes(answer.get(9..12)?).ok()?;
    (version == b"HTTP/1." && status.is_client_error()).then_some(status)
}

impl AsyncRead for ClientStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(cx, buffer);
        match self.state.is_idle() {
            true => self.request_line.count(&buffer.filled()[before..]),
            false => self.request_line = RequestLine::default(),
        }
        read
    }
}

impl AsyncWrite for ClientStream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        if self.replace(bytes) {
            return Poll::Ready(Ok(bytes.len()));
        }
        let written = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.watch(cx, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        if slices.first().is_some_and(|first| self.replace(first)) {
            return Poll::Ready(Ok(slices.iter().map(|slice| slice.len()).sum()));
        }
        let written = Pin::new(&mut self.stream).poll_write_vectored(cx, slices);
        self.watch(cx, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_refusal(cx))?;
        ready!(Pin::new(&mut self.stream).poll_flush(cx))?;
        self.state.flushed();
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_refusal(cx))?;
        if self.linger.is_none() {
            ready!(Pin::new(&mut self.stream).poll_shutdown(cx))?;
        }
        if self.state.has_unread_input() {
            ready!(self.poll_linger(cx));
        }
        Poll::Ready(Ok(()))
    }
}

impl Drop for ClientStream {
    fn drop(&mut self) {
        if self.state.is_aborted() {
            // Frees the bytes that the operating system would go on offering. A socket that is gone fails, and is free.
            drop(self.stream.set_zero_linger());
        }
    }
}
