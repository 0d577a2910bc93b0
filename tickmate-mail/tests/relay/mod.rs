//! A minimal relay: it answers as the test's script states, and records what it receives.

use std::sync::{Arc, Mutex};

use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
};

/// The next action of the relay.
pub(crate) enum Answer {
    /// Sends this text and a line end.
    Say(String),
    /// Closes the connection.
    HangUp,
    /// Sends nothing more, and keeps the connection open.
    Silence,
}

impl Answer {
    pub(crate) fn say(line: &str) -> Self {
        Self::Say(line.to_owned())
    }
}

/// Answers as a relay that accepts everything. `greeting` and `.` stand for the answers that follow no command.
pub(crate) fn accept(command: &str) -> Answer {
    Answer::say(match command.split(' ').next() {
        Some("greeting") => "220 relay",
        Some("EHLO") => "250-relay\r\n250-8BITMIME\r\n250 AUTH PLAIN LOGIN",
        Some("AUTH") => "235 2.7.0 welcome",
        Some("DATA") => "354 go ahead",
        Some("QUIT") => "221 bye",
        _ => "250 2.0.0 ok",
    })
}

/// What the relay has received.
#[derive(Clone, Default)]
pub(crate) struct Log {
    pub(crate) connections: usize,
    pub(crate) commands: Vec<String>,
    pub(crate) messages: Vec<String>,
}

/// A relay that runs until the test ends.
pub(crate) struct Relay {
    pub(crate) port: u16,
    log: Arc<Mutex<Log>>,
}

impl Relay {
    /// Starts a relay that calls `script` for the answer to each command of each connection. Connections are numbered
    /// from 1.
    pub(crate) async fn start(
        script: impl Fn(usize, &str) -> Answer + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let log = Arc::new(Mutex::new(Log::default()));
        let (relay_log, script) = (Arc::clone(&log), Arc::new(script));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let count = {
                    let mut log = relay_log.lock().expect("a log");
                    log.connections += 1;
                    log.connections
                };
                let (log, script) = (Arc::clone(&relay_log), Arc::clone(&script));
                tokio::spawn(async move {
                    // A client that disconnects ends only its own connection.
                    let _ = converse(stream, &log, |command| script(count, command)).await;
                });
            }
        });
        Self { port, log }
    }

    pub(crate) fn log(&self) -> Log {
        self.log.lock().expect("a log").clone()
    }
}

async fn converse(
    stream: TcpStream,
    log: &Mutex<Log>,
    script: impl Fn(&str) -> Answer,
) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    let mut command = "greeting".to_owned();
    loop {
        match script(&command) {
            Answer::Say(line) => stream.write_all(format!("{line}\r\n").as_bytes()).await?,
            Answer::HangUp => return Ok(()),
            Answer::Silence => std::future::pending().await,
        }
        if command == "DATA" {
            let message = read_message(&mut stream).await?;
            log.lock().expect("a log").messages.push(message);
            command = ".".to_owned();
            continue;
        }
        let mut line = Vec::new();
        if stream.read_until(b'\n', &mut line).await? == 0 {
            return Ok(());
        }
        command = String::from_utf8_lossy(&line).trim_end().to_owned();
        log.lock().expect("a log").commands.push(command.clone());
    }
}

/// Reads up to the line with a single dot, and removes the dots that were added before other dots (RFC 5321, 4.5.2).
async fn read_message(stream: &mut BufReader<TcpStream>) -> std::io::Result<String> {
    let mut message = String::new();
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        match line.strip_prefix('.') {
            Some("\r\n") => return Ok(message),
            Some(stuffed) => message.push_str(stuffed),
            None => message.push_str(&line),
        }
    }
}
