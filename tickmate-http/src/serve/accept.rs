//! The accept loop.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use tokio::{
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore},
    task::JoinSet,
    time::sleep,
};

use super::{answer::Shared, connection::serve_connection, networks::Networks};

/// How long to wait where the operating system has no more files to open.
const NO_FILES: Duration = Duration::from_millis(50);

/// Accepts connections until the server stops, then ends what was begun.
pub(super) async fn accept_connections(listener: TcpListener, shared: Arc<Shared>) {
    let connections = shared.limits.connections.min(Semaphore::MAX_PERMITS);
    let free = Arc::new(Semaphore::new(connections));
    let networks = Networks::new(shared.limits.connections_per_network);
    let mut connections = JoinSet::new();
    let mut spawn = |stream, peer: SocketAddr, permit: OwnedSemaphorePermit| {
        let Some(counted) = networks.admit(peer.ip()) else {
            tracing::debug!(%peer, "a network has too many connections");
            return;
        };
        let served = serve_connection(Arc::clone(&shared), stream, peer);
        connections.spawn(async move {
            served.await;
            drop((permit, counted));
        });
        while connections.try_join_next().is_some() {}
    };
    loop {
        let accepted = tokio::select! {
            accepted = accept(&listener, &free) => accepted,
            () = shared.stop.stopped() => None,
        };
        let Some((stream, peer, permit)) = accepted else {
            break;
        };
        spawn(stream, peer, permit);
    }
    for (stream, peer) in close(listener) {
        let Ok(permit) = Arc::clone(&free).try_acquire_owned() else {
            break;
        };
        spawn(stream, peer, permit);
    }
    while connections.join_next().await.is_some() {}
}

/// Accepts the next connection, once there may be one more.
async fn accept(
    listener: &TcpListener,
    free: &Arc<Semaphore>,
) -> Option<(TcpStream, SocketAddr, OwnedSemaphorePermit)> {
    let permit = Arc::clone(free).acquire_owned().await.ok()?;
    loop {
        match listener.accept().await {
            Ok((stream, peer)) => return Some((stream, peer, permit)),
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                sleep(NO_FILES).await;
            }
        }
    }
}

/// Closes the listener, and returns the connections that the operating system accepted before: they are still served.
fn close(listener: TcpListener) -> Vec<(TcpStream, SocketAddr)> {
    let mut accepted = Vec::new();
    if let Ok(listener) = listener.into_std() {
        while let Ok((stream, peer)) = listener.accept() {
            let stream = stream
                .set_nonblocking(true)
                .and_then(|()| TcpStream::from_std(stream));
            accepted.extend(stream.ok().map(|stream| (stream, peer)));
        }
    }
    accepted
}
