//! The accept loop: so many connections at once, and none that only sits there.

use std::{convert::Infallible, net::SocketAddr, pin::pin, sync::Arc, time::Duration};

use axum::Router;
use hyper::{Request, body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use tickmate::{
    desk::Desk,
    http::{Accounts, HttpSettings, MetricsToken},
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore},
    task::JoinSet,
    time::{sleep, timeout},
};
use url::Url;

use super::{Stop, deadline, stall::Stalling};

/// How many connections there are at once; more wait in the system's own queue.
const CONNECTIONS: usize = 2048;
/// By when a connection must have said something.
const FIRST_BYTE: Duration = Duration::from_secs(5);
/// By when, once the server is to stop: the request may be on its way.
const LAST_BYTE: Duration = Duration::from_millis(500);
/// By when the head of a request must be there; between two requests, too.
const HEAD: Duration = Duration::from_secs(10);
/// The most bytes of a head.
const MAX_HEAD: usize = 64 * 1024;
/// How long a connection may go on, once the server is to stop.
const LAST_ANSWER: Duration = Duration::from_secs(6);
/// How long to wait where the system has no more files to open.
const NO_FILES: Duration = Duration::from_millis(50);

/// The API, set up as the reference front ends know it.
pub(super) fn router(desk: &Arc<Desk>, metrics_token: Option<MetricsToken>) -> Router {
    let app_url = &desk.settings().app_url;
    let origin = Url::parse(app_url).map(|url| url.origin().ascii_serialization());
    let settings = HttpSettings {
        accounts: Accounts::BuiltIn,
        secure_cookies: app_url.starts_with("https:"),
        legacy_ids: true,
        app_origin: origin.ok(),
        metrics_token,
        ..HttpSettings::default()
    };
    tickmate::http::router(Arc::clone(desk), settings)
}

/// Serves until it is told to stop, then ends what was begun.
pub(super) async fn run(listener: TcpListener, router: Router, stop: Stop) {
    let room = Arc::new(Semaphore::new(CONNECTIONS));
    let mut connections = JoinSet::new();
    while let Some((stream, peer, permit)) = next(&listener, &room, &stop).await {
        connections.spawn(connection(
            stream,
            peer,
            router.clone(),
            stop.clone(),
            permit,
        ));
        while connections.try_join_next().is_some() {}
    }
    for (stream, peer) in left_waiting(listener) {
        let Ok(permit) = Arc::clone(&room).try_acquire_owned() else {
            break;
        };
        connections.spawn(connection(
            stream,
            peer,
            router.clone(),
            stop.clone(),
            permit,
        ));
    }
    while connections.join_next().await.is_some() {}
}

/// Closes the listener. Whoever stands in the system's queue connected before, and is still served.
fn left_waiting(listener: TcpListener) -> Vec<(TcpStream, SocketAddr)> {
    let mut left = Vec::new();
    if let Ok(listener) = listener.into_std() {
        while let Ok((stream, peer)) = listener.accept() {
            let stream = stream
                .set_nonblocking(true)
                .and_then(|()| TcpStream::from_std(stream));
            left.extend(stream.ok().map(|stream| (stream, peer)));
        }
    }
    left
}

async fn next(
    listener: &TcpListener,
    room: &Arc<Semaphore>,
    stop: &Stop,
) -> Option<(TcpStream, SocketAddr, OwnedSemaphorePermit)> {
    let accepted = async {
        let permit = Arc::clone(room).acquire_owned().await.ok()?;
        loop {
            match listener.accept().await {
                Ok((stream, peer)) => return Some((stream, peer, permit)),
                Err(error) => {
                    tracing::warn!(%error, "a connection could not be accepted");
                    sleep(NO_FILES).await;
                }
            }
        }
    };
    tokio::select! {
        accepted = accepted => accepted,
        () = stop.stopped() => None,
    }
}

/// Serves one connection.
async fn connection(
    stream: TcpStream,
    peer: SocketAddr,
    router: Router,
    stop: Stop,
    _permit: OwnedSemaphorePermit,
) {
    if !heard(&stream, &stop).await {
        return;
    }
    // Without it small answers wait for one another. A connection that is gone already shows at once.
    drop(stream.set_nodelay(true));
    let stopping = stop.clone();
    let service = service_fn(move |request: Request<Incoming>| {
        let answer = deadline::answer(router.clone(), request, peer, stopping.clone());
        async move { Ok::<_, Infallible>(answer.await) }
    });
    let served = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD)
        .max_buf_size(MAX_HEAD)
        .serve_connection(TokioIo::new(Stalling::new(stream)), service);
    let mut served = pin!(served);
    // Served first: told to stop before it has read anything, it would drop a request that is there.
    let ended = tokio::select! {
        biased;
        ended = served.as_mut() => ended,
        () = stop.stopped() => {
            served.as_mut().graceful_shutdown();
            match timeout(LAST_ANSWER, served.as_mut()).await {
                Ok(ended) => ended,
                Err(_) => {
                    tracing::debug!("a connection is given up");
                    return;
                }
            }
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection ended early");
    }
}

/// Whether the other side says something in time.
async fn heard(stream: &TcpStream, stop: &Stop) -> bool {
    let mut first = [0];
    let mut heard = pin!(stream.peek(&mut first));
    let heard = tokio::select! {
        biased;
        heard = timeout(FIRST_BYTE, heard.as_mut()) => heard,
        () = stop.stopped() => timeout(LAST_BYTE, heard.as_mut()).await,
    };
    matches!(heard, Ok(Ok(1..)))
}
