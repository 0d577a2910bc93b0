//! One connection, from its first byte to its end.

use std::{convert::Infallible, net::SocketAddr, pin::pin, sync::Arc, time::Duration};

use hyper::{server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{net::TcpStream, sync::Notify, time::timeout};

use super::{
    answer::{Connection, Shared, answer},
    state::ConnectionState,
    stream::ClientStream,
};

/// The least that hyper takes as the size of its buffers.
const MIN_BUFFER_BYTES: usize = 8192;

/// The longest time that hyper can add to the present in any case.
const LONGEST_TIMEOUT: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// Serves one connection.
pub(super) async fn serve_connection(shared: Arc<Shared>, stream: TcpStream, peer: SocketAddr) {
    if !has_first_byte(&shared, &stream).await {
        return;
    }
    if let Err(error) = set_options(&shared, &stream) {
        tracing::debug!(%error, "a connection ended early");
        return;
    }
    let limits = &shared.limits;
    let state = Arc::<ConnectionState>::default();
    let end = Arc::new(Notify::new());
    let stream = ClientStream::new(
        stream,
        Arc::clone(&state),
        Arc::clone(&shared.refusals),
        limits,
    );
    let connection = Arc::new(Connection {
        peer,
        state: Arc::clone(&state),
        end: Arc::clone(&end),
    });
    let service = service_fn(|request| {
        let answered = answer(Arc::clone(&shared), Arc::clone(&connection), request);
        async { Ok::<_, Infallible>(answered.await) }
    });
    let served = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.head_timeout.min(LONGEST_TIMEOUT))
        .max_header_size(limits.head_bytes)
        .max_buf_size(limits.head_bytes.max(MIN_BUFFER_BYTES))
        .serve_connection(TokioIo::new(stream), service);
    let mut served = pin!(served);
    // The connection comes first: if it learned of the stop before it reads, it would drop a request that is there.
    let ended = tokio::select! {
        biased;
        ended = served.as_mut() => ended,
        () = end.notified() => {
            state.abort();
            return;
        }
        () = shared.stop.stopped() => {
            served.as_mut().graceful_shutdown();
            tokio::select! {
                ended = timeout(limits.stop_timeout, served.as_mut()) => match ended {
                    Ok(ended) => ended,
                    Err(_) => {
                        tracing::debug!("a connection is given up");
                        return;
                    }
                },
                () = end.notified() => {
                    state.abort();
                    return;
                }
            }
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection ended early");
    }
}

/// Whether the client sends something in time.
async fn has_first_byte(shared: &Shared, stream: &TcpStream) -> bool {
    let limits = &shared.limits;
    let mut first = [0];
    let mut peeked = pin!(stream.peek(&mut first));
    let peeked = tokio::select! {
        biased;
        peeked = timeout(limits.first_byte_timeout, peeked.as_mut()) => peeked,
        () = shared.stop.stopped() => {
            timeout(limits.stop_first_byte_timeout, peeked.as_mut()).await
        }
    };
    matches!(peeked, Ok(Ok(1..)))
}

fn set_options(shared: &Shared, stream: &TcpStream) -> std::io::Result<()> {
    // Otherwise small answers wait for one another.
    stream.set_nodelay(true)?;
    // The operating system, too, gives up a client that reads nothing; otherwise it would keep what was handed over to
    // it after the connection has ended here.
    #[cfg(any(target_os = "linux", target_os = "android"))]
    socket2::SockRef::from(stream).set_tcp_user_timeout(Some(shared.limits.read_timeout))?;
    Ok(())
}
