//! The server on real sockets: clients that are slow, silent, many or wrong.

#![expect(
    clippy::unwrap_used,
    reason = "what the tests share panics where they would"
)]

use std::{
    future::IntoFuture,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use axum::{
    Router,
    extract::ConnectInfo,
    routing::{get, post},
};
use serde_json::Value;
use tickmate_http::{Serve, ServeLimits, serve};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpSocket, TcpStream},
    sync::{Semaphore, oneshot},
    task::JoinHandle,
    time::timeout,
};

/// How long anything may take before its test fails.
const PATIENCE: Duration = Duration::from_secs(20);
/// A limit that a test waits for.
const SHORT: Duration = Duration::from_millis(200);
/// More than the operating system keeps for a connection whose client reads nothing.
const LARGE: usize = 12 << 20;

/// A server of a test. It stops when it is dropped.
struct Server {
    address: SocketAddr,
    task: JoinHandle<()>,
    stop: Option<oneshot::Sender<()>>,
}

impl Server {
    async fn start(router: Router, limits: ServeLimits) -> Self {
        Self::start_with(router, limits, |serve| serve).await
    }

    async fn start_with(
        router: Router,
        limits: ServeLimits,
        with: impl FnOnce(Serve) -> Serve,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel();
        let served = with(serve(listener, router, limits)).with_graceful_shutdown(async move {
            drop(stopped.await);
        });
        Self {
            address,
            task: tokio::spawn(served.into_future()),
            stop: Some(stop),
        }
    }

    async fn connect(&self) -> Client {
        // A small buffer, so that a client that reads nothing shows early.
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_recv_buffer_size(64 << 10).unwrap();
        Client(socket.connect(self.address).await.unwrap())
    }

    /// Sends a request on a connection of its own, and leaves the answer unread.
    async fn send(&self, request: &str) -> Client {
        let mut client = self.connect().await;
        client.write(request).await;
        client
    }

    async fn get(&self, path: &str, token: &str) -> Answer {
        self.send(&get_request(path, token)).await.answer().await
    }

    fn stop(&mut self) {
        drop(self.stop.take());
    }
}

struct Client(TcpStream);

impl Client {
    async fn write(&mut self, text: &str) {
        self.0.write_all(text.as_bytes()).await.unwrap();
    }

    /// Reads until the server closes the connection.
    async fn read_all(&mut self) -> Vec<u8> {
        let mut bytes = Vec::new();
        let read = timeout(PATIENCE, self.0.read_to_end(&mut bytes)).await;
        // A connection that is reset ends, too.
        drop(read.expect("the server closes the connection"));
        bytes
    }

    /// Reads an answer after which the server closes the connection.
    async fn answer(mut self) -> Answer {
        Answer::read(&self.read_all().await)
    }

    /// Reads the start of an answer.
    async fn first_bytes(&mut self) -> [u8; 15] {
        let mut bytes = [0; 15];
        let read = timeout(PATIENCE, self.0.read_exact(&mut bytes)).await;
        read.expect("an answer begins").unwrap();
        bytes
    }
}

struct Answer {
    head: String,
    body: Vec<u8>,
}

impl Answer {
    fn read(bytes: &[u8]) -> Self {
        let end = bytes.windows(4).position(|window| window == b"\r\n\r\n");
        let end = end.unwrap_or_else(|| panic!("no head: {:?}", String::from_utf8_lossy(bytes)));
        Self {
            head: String::from_utf8(bytes[..end].to_vec()).unwrap(),
            body: bytes[end + 4..].to_vec(),
        }
    }

    fn status(&self) -> u16 {
        self.head[9..12].parse().unwrap()
    }

    fn header(&self, name: &str) -> Option<&str> {
        let lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines
            .filter(|(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| value)
            .next()
    }

    /// Checks that this is a whole problem, and returns its code.
    fn problem(&self, status: u16) -> String {
        assert_eq!(self.status(), status, "{}", self.head);
        for (name, value) in [
            ("content-type", "application/problem+json"),
            ("cache-control", "no-store"),
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "no-referrer"),
            ("connection", "close"),
        ] {
            assert_eq!(self.header(name), Some(value), "{name}: {}", self.head);
        }
        let length: usize = self.header("content-length").unwrap().parse().unwrap();
        assert_eq!(length, self.body.len());
        let body: Value = serde_json::from_slice(&self.body).unwrap();
        assert_eq!(body["status"], status);
        assert_eq!(body["requestId"], self.header("x-request-id").unwrap());
        assert_eq!(body["success"], false);
        body["code"].as_str().unwrap().to_owned()
    }
}

fn get_request(path: &str, token: &str) -> String {
    format!(
        "GET {path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {token}\r\nconnection: close\r\n\r\n"
    )
}

fn limits(change: impl FnOnce(&mut ServeLimits)) -> ServeLimits {
    let mut limits = ServeLimits::default();
    change(&mut limits);
    limits
}

/// Answers of `LARGE` bytes, small ones, and echoes.
fn router() -> Router {
    Router::new()
        .route("/large", get(async || vec![b'x'; LARGE]))
        .route("/small", get(async || "small"))
        .route("/healthz", get(async || "alive"))
        .route("/echo", post(async |body: String| body))
}

#[tokio::test]
async fn a_silent_connection_is_closed() {
    let limits = limits(|limits| limits.first_byte_timeout = SHORT);
    let server = Server::start(router(), limits).await;
    assert!(server.connect().await.read_all().await.is_empty());
}

#[tokio::test]
async fn a_slow_head_is_closed_and_so_is_an_idle_connection() {
    let limits = limits(|limits| limits.head_timeout = SHORT);
    let server = Server::start(router(), limits).await;
    let mut slow = server.send("GET /small HTTP/1.1\r\nhos").await;
    assert!(slow.read_all().await.is_empty());
    let mut idle = server.send("GET /small HTTP/1.1\r\nhost: x\r\n\r\n").await;
    assert_eq!(Answer::read(&idle.read_all().await).body, b"small");
}

#[tokio::test]
async fn a_slow_body_is_a_408() {
    let limits = limits(|limits| limits.body_timeout = SHORT);
    let server = Server::start(router(), limits).await;
    for method in ["POST /echo", "GET /small"] {
        let request = format!("{method} HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n\r\nhalf");
        let answer = server.send(&request).await.answer().await;
        assert_eq!(answer.problem(408), "request_timeout", "{method}");
        let body: Value = serde_json::from_slice(&answer.body).unwrap();
        assert_eq!(body["instance"], method.split_once(' ').unwrap().1);
    }
}

#[tokio::test]
async fn a_client_that_reads_nothing_loses_its_connection() {
    let limits = limits(|limits| limits.read_timeout = SHORT);
    let server = Server::start(router(), limits).await;
    let mut client = server.send(&get_request("/large", "ann")).await;
    client.first_bytes().await;
    // A connection that was reset can't be written to.
    let reset = async { while client.0.ready(tokio::io::Interest::ERROR).await.is_err() {} };
    timeout(PATIENCE, reset).await.unwrap();
    assert!(client.read_all().await.len() < LARGE);
}

#[tokio::test]
async fn a_client_that_reads_gets_all() {
    let server = Server::start(router(), ServeLimits::default()).await;
    let answer = server.get("/large", "ann").await;
    assert_eq!(answer.body.len(), LARGE);
    assert_eq!(
        answer.header("content-length"),
        Some(LARGE.to_string().as_str())
    );
}

#[tokio::test]
async fn waiting_bytes_are_bounded_over_all_connections() {
    let limits = limits(|limits| {
        limits.waiting_bytes = 16 << 20;
        limits.progress_grace = SHORT;
        limits.reads_per_target = 8;
    });
    let server = Server::start(router(), limits).await;
    // Each holds most of its answer in the server, where there is room for one.
    let mut readers = Vec::new();
    for _ in 0..4 {
        let mut reader = server.send(&get_request("/large", "slow")).await;
        reader.first_bytes().await;
        readers.push(reader);
    }
    let mut last = readers.pop().unwrap();
    for mut reader in readers {
        assert!(reader.read_all().await.len() < LARGE, "it made room");
    }
    assert!(last.read_all().await.len() > LARGE, "the last one is whole");
}

#[tokio::test]
async fn an_answer_beyond_the_bound_of_a_connection_is_a_500() {
    let limits = limits(|limits| limits.waiting_bytes_per_connection = LARGE - 1);
    let server = Server::start(router(), limits).await;
    assert_eq!(server.get("/large", "ann").await.problem(500), "internal");
}

/// A router whose `/held` counts its calls, and answers when it is released.
fn held() -> (Router, Arc<AtomicUsize>, Arc<Semaphore>) {
    let calls = Arc::new(AtomicUsize::new(0));
    let release = Arc::new(Semaphore::new(0));
    let shared = (Arc::clone(&calls), Arc::clone(&release));
    let hold = async move || {
        shared.0.fetch_add(1, Ordering::SeqCst);
        shared.1.acquire().await.unwrap().forget();
        "released"
    };
    let router = router().route("/held", get(hold.clone()).post(hold));
    (router, calls, release)
}

async fn until_called(calls: &AtomicUsize, count: usize) {
    let called = async {
        while calls.load(Ordering::SeqCst) < count {
            tokio::task::yield_now().await;
        }
    };
    timeout(PATIENCE, called).await.unwrap();
}

#[tokio::test]
async fn reads_of_one_caller_leave_turns_to_others() {
    let (router, calls, release) = held();
    let limits = limits(|limits| {
        limits.reads_per_caller = 2;
        limits.reads_per_target = 1;
        limits.turn_timeout = SHORT;
    });
    let server = Server::start(router, limits).await;
    let first = server.send(&get_request("/held", "slow")).await;
    until_called(&calls, 1).await;
    // The same target is refused, another one and another caller are not.
    let refused = server.get("/held", "slow").await;
    assert_eq!(refused.problem(503), "overloaded");
    assert_eq!(refused.header("retry-after"), Some("5"));
    assert_eq!(server.get("/small", "slow").await.status(), 200);
    let second = server.send(&get_request("/held?again", "slow")).await;
    until_called(&calls, 2).await;
    assert_eq!(server.get("/small", "slow").await.status(), 503);
    assert_eq!(server.get("/healthz", "slow").await.status(), 200);
    assert_eq!(server.get("/small", "other").await.status(), 200);
    // Writes need no turn.
    let write = "POST /held HTTP/1.1\r\nhost: x\r\nauthorization: Bearer slow\r\n\
                 connection: close\r\ncontent-length: 0\r\n\r\n";
    let write = server.send(write).await;
    until_called(&calls, 3).await;
    release.add_permits(3);
    for client in [first, second, write] {
        assert_eq!(client.answer().await.body, b"released");
    }
    assert_eq!(server.get("/small", "slow").await.status(), 200);
}

#[tokio::test]
async fn a_client_that_leaves_ends_its_turn() {
    let (router, calls, _release) = held();
    let limits = limits(|limits| limits.reads = 1);
    let server = Server::start(router, limits).await;
    let client = server.send(&get_request("/held", "ann")).await;
    until_called(&calls, 1).await;
    drop(client);
    assert_eq!(server.get("/small", "bob").await.status(), 200);
}

#[tokio::test]
async fn what_is_no_request_is_a_problem() {
    let server = Server::start(router(), ServeLimits::default()).await;
    let long = "x".repeat(70_000);
    let many = "a: b\r\n".repeat(200);
    for (request, status, code) in [
        ("NONSENSE\r\n\r\n".to_owned(), 400, "malformed_request"),
        (
            "GET /small HTTP/9.9\r\n\r\n".to_owned(),
            400,
            "malformed_request",
        ),
        (
            "GET / HTTP/1.1\r\nhost: x\r\nb ad: 1\r\n\r\n".to_owned(),
            400,
            "malformed_request",
        ),
        (
            format!("GET /{long} HTTP/1.1\r\nhost: x\r\n\r\n"),
            414,
            "uri_too_long",
        ),
        (
            format!("GET / HTTP/1.1\r\na: {long}\r\n\r\n"),
            431,
            "headers_too_large",
        ),
        (
            format!("GET / HTTP/1.1\r\n{many}\r\n"),
            431,
            "headers_too_large",
        ),
    ] {
        let answer = server.send(&request).await.answer().await;
        assert_eq!(answer.problem(status), code);
        assert_eq!(answer.header("strict-transport-security"), None);
    }
}

#[tokio::test]
async fn nonsense_after_a_request_is_a_problem_after_its_answer() {
    let server = Server::start(router(), ServeLimits::default()).await;
    let mut client = server
        .send("GET /small HTTP/1.1\r\nhost: x\r\n\r\nNONSENSE\r\n\r\n")
        .await;
    let bytes = client.read_all().await;
    let first = Answer::read(&bytes);
    assert_eq!(first.status(), 200);
    assert!(first.body.starts_with(b"small"));
    assert_eq!(
        Answer::read(&first.body[5..]).problem(400),
        "malformed_request"
    );
}

#[tokio::test]
async fn a_client_is_asked_for_its_body() {
    let server = Server::start(router(), ServeLimits::default()).await;
    let mut client = server
        .send("POST /echo HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\ncontent-length: 2\r\nconnection: close\r\n\r\n")
        .await;
    assert_eq!(&client.first_bytes().await, b"HTTP/1.1 100 Co");
    client.write("hi").await;
    assert!(client.read_all().await.ends_with(b"\r\n\r\nhi"));
}

#[tokio::test]
async fn refusals_behind_https_say_so() {
    let server = Server::start_with(router(), ServeLimits::default(), |serve| {
        serve.behind_https(true)
    })
    .await;
    let answer = server.send("NONSENSE\r\n\r\n").await.answer().await;
    assert_eq!(answer.problem(400), "malformed_request");
    assert_eq!(
        answer.header("strict-transport-security"),
        Some("max-age=31536000")
    );
    assert_eq!(
        answer.header("cross-origin-opener-policy"),
        Some("same-origin")
    );
}

#[tokio::test]
async fn a_network_has_only_so_many_connections() {
    let limits = limits(|limits| limits.connections_per_network = 2);
    let server = Server::start(router(), limits).await;
    let mut open = Vec::new();
    for _ in 0..2 {
        let mut client = server.send("GET /small HTTP/1.1\r\nhost: x\r\n\r\n").await;
        client.first_bytes().await;
        open.push(client);
    }
    assert!(server.connect().await.read_all().await.is_empty());
    drop(open.pop());
    let again = async {
        loop {
            let mut client = server.connect().await;
            // The server may close it before the request is written.
            drop(
                client
                    .0
                    .write_all(get_request("/small", "ann").as_bytes())
                    .await,
            );
            let bytes = client.read_all().await;
            if !bytes.is_empty() {
                return Answer::read(&bytes);
            }
        }
    };
    let answer = timeout(PATIENCE, again).await.unwrap();
    assert_eq!(answer.status(), 200);
}

#[tokio::test]
async fn further_connections_wait_until_one_ends() {
    let limits = limits(|limits| limits.connections = 1);
    let server = Server::start(router(), limits).await;
    let mut first = server.send("GET /small HTTP/1.1\r\nhost: x\r\n\r\n").await;
    first.first_bytes().await;
    let mut second = server.send(&get_request("/small", "ann")).await;
    let mut byte = [0];
    assert!(
        timeout(SHORT, second.0.read(&mut byte)).await.is_err(),
        "it waits"
    );
    drop(first);
    assert_eq!(second.answer().await.status(), 200);
}

#[tokio::test]
async fn what_was_begun_is_ended_before_the_server_stops() {
    let (router, calls, release) = held();
    let mut server = Server::start(router, ServeLimits::default()).await;
    let held = server.send(&get_request("/held", "ann")).await;
    until_called(&calls, 1).await;
    server.stop();
    let refused = async { while TcpStream::connect(server.address).await.is_ok() {} };
    timeout(PATIENCE, refused).await.unwrap();
    assert!(!server.task.is_finished());
    release.add_permits(1);
    assert_eq!(held.answer().await.body, b"released");
    timeout(PATIENCE, server.task).await.unwrap().unwrap();
}

#[tokio::test]
async fn a_server_that_stops_waits_for_nobody_too_long() {
    let (router, calls, _release) = held();
    let limits = limits(|limits| {
        limits.stop_timeout = SHORT;
        limits.stop_first_byte_timeout = SHORT;
    });
    let mut server = Server::start(router, limits).await;
    let mut held = server.send(&get_request("/held", "ann")).await;
    let mut silent = server.connect().await;
    until_called(&calls, 1).await;
    server.stop();
    timeout(PATIENCE, server.task).await.unwrap().unwrap();
    assert!(held.read_all().await.is_empty());
    assert!(silent.read_all().await.is_empty());
}

#[tokio::test]
async fn handlers_see_where_a_request_comes_from() {
    let show = async |ConnectInfo(peer): ConnectInfo<SocketAddr>| peer.to_string();
    let router = Router::new().route("/", get(show));
    let server = Server::start(router, ServeLimits::default()).await;
    let client = server.send(&get_request("/", "ann")).await;
    let address = client.0.local_addr().unwrap().to_string();
    assert_eq!(client.answer().await.body, address.as_bytes());
}
