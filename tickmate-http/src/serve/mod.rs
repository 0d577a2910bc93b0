//! Serving a router to clients that may be slow, silent or hostile.
//!
//! `axum::serve` waits for its clients without end. This server bounds how many there are, how long each may take to
//! send a request and to read its answer, and how much memory all of them together take.

mod accept;
mod answer;
mod answer_body;
mod caller;
mod connection;
mod limits;
mod networks;
mod refusal;
mod request_body;
mod state;
mod stop;
mod stream;
mod turns;
mod waiting;

use std::{fmt, future::IntoFuture, pin::Pin, sync::Arc};

use axum::Router;
use tokio::net::TcpListener;

pub use self::limits::ServeLimits;
use self::{
    accept::accept_connections, answer::Shared, caller::CallerHasher, refusal::Refusals,
    stop::stop_channel, turns::Turns, waiting::WaitingBytes,
};

/// Serves a router on a listener, within limits that keep slow clients from harming others.
///
/// It takes the place of `axum::serve`, serves HTTP/1.1, and adds [`axum::extract::ConnectInfo`] of a
/// [`std::net::SocketAddr`] to each request. What it refuses itself has a body of `application/problem+json`, like all
/// errors of the API. Await the result; without [`Serve::with_graceful_shutdown`] it never ends.
///
/// ```no_run
/// # async fn example(router: axum::Router) -> std::io::Result<()> {
/// let listener = tokio::net::TcpListener::bind("127.0.0.1:5000").await?;
/// tickmate_http::serve(listener, router, tickmate_http::ServeLimits::default())
///     .with_graceful_shutdown(async { drop(tokio::signal::ctrl_c().await) })
///     .await;
/// # Ok(())
/// # }
/// ```
pub fn serve(listener: TcpListener, router: Router, limits: ServeLimits) -> Serve {
    Serve {
        listener,
        router,
        limits,
        is_https: false,
        stop: None,
    }
}

/// A server that runs when it is awaited: see [`serve`](serve()).
#[must_use = "a server runs when it is awaited"]
pub struct Serve {
    listener: TcpListener,
    router: Router,
    limits: ServeLimits,
    is_https: bool,
    stop: Option<ServeFuture>,
}

type ServeFuture = Pin<Box<dyn Future<Output = ()> + Send>>;

impl Serve {
    /// Stops when `signal` is ready: no further connection is accepted, requests that were begun are answered within
    /// the limits for that, and then the future ends.
    pub fn with_graceful_shutdown(
        mut self,
        signal: impl Future<Output = ()> + Send + 'static,
    ) -> Self {
        self.stop = Some(Box::pin(signal));
        self
    }

    /// Sets whether clients reach the server by https, through a proxy. Its own answers then carry
    /// `Strict-Transport-Security` too. Default: false.
    pub const fn behind_https(mut self, is_https: bool) -> Self {
        self.is_https = is_https;
        self
    }

    async fn run(self) {
        let (sender, stop) = stop_channel();
        let shared = Arc::new(Shared {
            router: self.router,
            turns: Turns::new(&self.limits),
            waiting: WaitingBytes::new(&self.limits),
            hasher: CallerHasher::default(),
            refusals: Arc::new(Refusals::new(self.is_https)),
            limits: self.limits,
            stop,
        });
        let signal = self.stop;
        let signal = async move {
            if let Some(signal) = signal {
                signal.await;
                sender.stop();
            }
            // Keeps the sender: connections wait for it.
            std::future::pending::<()>().await
        };
        tokio::select! {
            () = accept_connections(self.listener, shared) => {}
            () = signal => {}
        }
    }
}

impl IntoFuture for Serve {
    type Output = ();
    type IntoFuture = Pin<Box<dyn Future<Output = ()> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.run())
    }
}

impl fmt::Debug for Serve {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Serve")
            .field("listener", &self.listener)
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}
