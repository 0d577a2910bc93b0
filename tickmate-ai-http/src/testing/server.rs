//! The server: one reply a connection, in the order in which they were laid down.

use std::{
    collections::VecDeque,
    io,
    net::SocketAddr,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use serde_json::Value;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

/// How the server answers one request.
#[derive(Debug, Clone)]
pub enum Reply {
    /// These bytes, then the end of the connection.
    Bytes(Vec<u8>),
    /// These bytes, and then these again and again, for as long as anybody reads.
    Endless(Vec<u8>, Vec<u8>),
    /// These bytes, one every few milliseconds.
    Drip(Vec<u8>),
    /// These bytes, and then nothing, with the connection open.
    Stall(Vec<u8>),
}

impl Reply {
    /// A status and a JSON body.
    pub fn json(status: u16, body: &Value) -> Self {
        Self::with(status, &[], body.to_string().as_bytes())
    }

    /// A status, headers beside the length, and a body.
    pub fn with(status: u16, headers: &[(&str, &str)], body: &[u8]) -> Self {
        let mut head = format!(
            "HTTP/1.1 {status} x\r\ncontent-length: {}\r\nconnection: close\r\n",
            body.len()
        );
        for (name, value) in headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        head.push_str("\r\n");
        Self::Bytes([head.as_bytes(), body].concat())
    }
}

/// A request that came.
#[derive(Debug, Clone)]
pub struct Seen {
    /// Method and path.
    pub line: String,
    /// Names in lower case, and values.
    pub headers: Vec<(String, String)>,
    /// The body; null where it is no JSON.
    pub body: Value,
}

impl Seen {
    /// The value of the header of this name, in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter();
        let found = headers.find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }
}

#[derive(Debug, Default)]
struct Shared {
    replies: Mutex<VecDeque<Reply>>,
    seen: Mutex<Vec<Seen>>,
    written: AtomicU64,
}

/// A server on this machine, until it is dropped.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    shared: Arc<Shared>,
    task: JoinHandle<()>,
}

impl Server {
    /// Starts on a port that is free.
    ///
    /// # Panics
    /// Where this machine lets nobody listen.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let shared = Arc::new(Shared::default());
        let served = Arc::clone(&shared);
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let served = Arc::clone(&served);
                tokio::spawn(async move {
                    // Whoever asked may have gone.
                    let _ = serve(stream, &served).await;
                });
            }
        });
        Self {
            address,
            shared,
            task,
        }
    }

    /// Lays down the next reply.
    pub fn reply(&self, reply: Reply) {
        locked(&self.shared.replies).push_back(reply);
    }

    /// Where it is: `http://127.0.0.1:port`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The requests so far, oldest first.
    pub fn seen(&self) -> Vec<Seen> {
        locked(&self.shared.seen).clone()
    }

    /// How many bytes of replies were handed to the network.
    pub fn written(&self) -> u64 {
        self.shared.written.load(Ordering::SeqCst)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn serve(mut stream: TcpStream, shared: &Shared) -> io::Result<()> {
    let Some(seen) = request(&mut stream).await? else {
        return Ok(());
    };
    locked(&shared.seen).push(seen);
    let reply = locked(&shared.replies).pop_front();
    let mut write = async |bytes: &[u8]| -> io::Result<()> {
        stream.write_all(bytes).await?;
        let count = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        shared.written.fetch_add(count, Ordering::SeqCst);
        Ok(())
    };
    match reply {
        None => {
            write(b"HTTP/1.1 599 unscripted\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
                .await?
        }
        Some(Reply::Bytes(bytes)) => write(&bytes).await?,
        Some(Reply::Endless(head, more)) => {
            write(&head).await?;
            loop {
                write(&more).await?;
            }
        }
        Some(Reply::Drip(bytes)) => {
            let mut pace = tokio::time::interval(Duration::from_millis(5));
            for byte in bytes {
                pace.tick().await;
                write(&[byte]).await?;
            }
        }
        Some(Reply::Stall(bytes)) => {
            write(&bytes).await?;
            // Until the other side gives up.
            stream.read_u8().await?;
        }
    }
    stream.shutdown().await
}

/// Reads one request; none where the connection ended before it was whole.
async fn request(stream: &mut TcpStream) -> io::Result<Option<Seen>> {
    let mut bytes = Vec::new();
    let head = loop {
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            break end;
        }
        if stream.read_buf(&mut bytes).await? == 0 {
            return Ok(None);
        }
    };
    let text = String::from_utf8_lossy(bytes.get(..head).unwrap_or_default()).into_owned();
    let mut lines = text.split("\r\n");
    let first = lines.next().unwrap_or_default();
    let line = first.trim_end_matches(" HTTP/1.1").to_owned();
    let headers: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    let length = headers
        .iter()
        .find(|(name, _)| name == "content-length")
        .and_then(|(_, value)| value.parse().ok())
        .unwrap_or(0_usize);
    let start = head + 4;
    while bytes.len() < start + length {
        if stream.read_buf(&mut bytes).await? == 0 {
            return Ok(None);
        }
    }
    let body = serde_json::from_slice(bytes.get(start..).unwrap_or_default());
    Ok(Some(Seen {
        line,
        headers,
        body: body.unwrap_or_default(),
    }))
}
