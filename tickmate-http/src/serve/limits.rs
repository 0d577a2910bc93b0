//! What a server grants its clients: times, sizes and numbers, with defaults.

use std::time::Duration;

/// What [`serve`](crate::serve()) grants its clients.
///
/// The defaults suit a desk on a small machine, with clients on the internet or behind a proxy.
///
/// ```
/// let mut limits = tickmate_http::ServeLimits::default();
/// limits.connections = 500;
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct ServeLimits {
    /// The most connections at once. Further ones wait in the operating system's queue. Default: 2,048.
    pub connections: usize,
    /// The most connections at once from one IPv4 address or one IPv6 network of 64 bits. Further ones are closed at
    /// once. Behind a reverse proxy all connections come from one address. Default: 1,536.
    pub connections_per_network: usize,
    /// The time until the first byte of a new connection. Default: 5 s.
    pub first_byte_timeout: Duration,
    /// The time for the head of a request, and the time that a connection may be idle between two requests. Default:
    /// 10 s.
    pub head_timeout: Duration,
    /// The most bytes of the head of a request. A longer one is refused with 414 or 431. Default: 64 KiB.
    pub head_bytes: usize,
    /// The time for the body of a request. A slower one is refused with 408. Default: 30 s.
    pub body_timeout: Duration,
    /// The time after which a connection ends whose client reads nothing, although there is something to read.
    /// Default: 20 s.
    pub read_timeout: Duration,
    /// The most bytes of one answer that may wait in memory for its client. A larger answer that is not a stream is
    /// replaced by a 500. Default: 12 MiB.
    pub waiting_bytes_per_connection: usize,
    /// The most bytes of all answers that may wait in memory for their clients. Where a new answer finds no room, the
    /// connection that has made no progress for the longest time is ended, of the caller with the most waiting
    /// bytes. It counts at least as much as `waiting_bytes_per_connection`. Default: 12 MiB.
    pub waiting_bytes: usize,
    /// The time that a connection may make no progress while a new answer needs its room. Default: 1 s.
    pub progress_grace: Duration,
    /// The most GETs (and other safe requests) in progress at once, from their head until their answer is complete in
    /// memory. Further ones wait; those to `/healthz` and `/readyz` don't. A handler that waits for events should
    /// answer with a stream at once: a stream takes no turn while it is sent. Default: 32.
    pub reads: usize,
    /// The most of these of one caller. A caller is the session or token that the request shows, otherwise the network
    /// that it comes from. Default: 8.
    pub reads_per_caller: usize,
    /// The most of these of one caller for the same path and query. Default: 1.
    pub reads_per_target: usize,
    /// The time that a request may wait for its turn, and its answer for room. Afterwards it is refused with 503 and
    /// `Retry-After`. Default: 5 s.
    pub turn_timeout: Duration,
    /// Once the server stops: the time for the first byte of a request on a connection that is open. Default: 500 ms.
    pub stop_first_byte_timeout: Duration,
    /// Once the server stops: the time for the body of a request that was begun. Default: 3 s.
    pub stop_body_timeout: Duration,
    /// Once the server stops: the time for everything that was begun. Default: 6 s.
    pub stop_timeout: Duration,
}

impl Default for ServeLimits {
    fn default() -> Self {
        Self {
            connections: 2_048,
            connections_per_network: 1_536,
            first_byte_timeout: Duration::from_secs(5),
            head_timeout: Duration::from_secs(10),
            head_bytes: 64 << 10,
            body_timeout: Duration::from_secs(30),
            read_timeout: Duration::from_secs(20),
            waiting_bytes_per_connection: 12 << 20,
            waiting_bytes: 12 << 20,
            progress_grace: Duration::from_secs(1),
            reads: 32,
            reads_per_caller: 8,
            reads_per_target: 1,
            turn_timeout: Duration::from_secs(5),
            stop_first_byte_timeout: Duration::from_millis(500),
            stop_body_timeout: Duration::from_secs(3),
            stop_timeout: Duration::from_secs(6),
        }
    }
}
