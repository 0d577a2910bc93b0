//! Starts the binary, reads what it prints, and speaks HTTP/1.1 with it.

use std::{
    fs,
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Output, Stdio},
    sync::mpsc::{Receiver, channel},
    thread,
    time::Duration,
};

use serde_json::{Value, json};
use tempfile::TempDir;

/// How long a single answer or line may take.
const PATIENCE: Duration = Duration::from_secs(20);
/// How often, and how far apart, a condition is looked at.
const LOOKS: u32 = 1_000;
const BETWEEN_LOOKS: Duration = Duration::from_millis(20);

/// The strong password of everybody in these tests.
pub(crate) const PASSWORD: &str = "violet tractor 47 moons";

/// Looks until there is something.
pub(crate) fn eventually<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    for _ in 0..LOOKS {
        if let Some(found) = look() {
            return found;
        }
        thread::park_timeout(BETWEEN_LOOKS);
    }
    panic!("never: {what}");
}

/// A folder of its own.
pub(crate) fn folder() -> TempDir {
    tempfile::tempdir().unwrap()
}

/// The binary in this folder, with these variables and no others.
pub(crate) fn binary(folder: &Path, variables: &[(&str, &str)], arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tickmate-server"));
    command
        .current_dir(folder)
        .env_clear()
        .envs(variables.iter().copied())
        .args(arguments)
        .stdin(Stdio::null());
    command
}

/// Runs a command to its end.
pub(crate) fn run(folder: &Path, variables: &[(&str, &str)], arguments: &[&str]) -> Output {
    binary(folder, variables, arguments).output().unwrap()
}

pub(crate) fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

pub(crate) fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// A server that runs. It is killed when it goes out of scope.
pub(crate) struct Server {
    child: Child,
    lines: Receiver<String>,
    errors: PathBuf,
    pub(crate) address: SocketAddr,
}

impl Server {
    /// Starts a server on a free port, and waits until it listens.
    pub(crate) fn start(folder: &Path) -> Self {
        Self::start_with(folder, &[], &["serve"])
    }

    pub(crate) fn start_with(
        folder: &Path,
        variables: &[(&str, &str)],
        arguments: &[&str],
    ) -> Self {
        let errors = tempfile::NamedTempFile::new_in(folder).unwrap();
        let (log, errors) = errors.keep().unwrap();
        let mut child = binary(folder, &[("PORT", "0")], arguments)
            .envs(variables.iter().copied())
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .unwrap();
        let out = child.stdout.take().unwrap();
        let (sender, lines) = channel();
        thread::spawn(move || {
            for line in BufReader::new(out).lines() {
                if line.is_err() || sender.send(line.unwrap()).is_err() {
                    return;
                }
            }
        });
        let mut server = Self {
            child,
            lines,
            errors,
            address: ([127, 0, 0, 1], 0).into(),
        };
        let line = server.line("TickMate listens on ");
        server.address = line.rsplit('/').next().unwrap().parse().unwrap();
        server
    }

    /// Waits for a line that holds this text.
    pub(crate) fn line(&self, text: &str) -> String {
        loop {
            match self.lines.recv_timeout(PATIENCE) {
                Ok(line) if line.contains(text) => return line,
                Ok(_) => {}
                Err(_) => panic!("never printed {text:?}; it logged:\n{}", self.log()),
            }
        }
    }

    /// What it wrote on standard error.
    pub(crate) fn log(&self) -> String {
        fs::read_to_string(&self.errors).unwrap_or_default()
    }

    /// The code for the first admin.
    pub(crate) fn first_admin_code(&self) -> String {
        let line = self.line("There is no admin yet");
        line.rsplit(' ').next().unwrap().to_owned()
    }

    /// Sends a signal.
    pub(crate) fn signal(&self, signal: &str) {
        let sent = Command::new("kill")
            .args([format!("-{signal}"), self.child.id().to_string()])
            .status()
            .unwrap();
        assert!(sent.success());
    }

    /// Waits until the process has ended.
    pub(crate) fn ended(&mut self) -> ExitStatus {
        eventually("the server ends", || self.child.try_wait().unwrap())
    }

    pub(crate) fn client(&self) -> Client {
        Client {
            address: self.address,
            token: None,
        }
    }

    /// Somebody who logged in at a server before this one.
    pub(crate) fn client_of(&self, before: &Client) -> Client {
        Client {
            token: before.token.clone(),
            ..self.client()
        }
    }

    /// Makes the first admin, and logs in.
    pub(crate) fn admin(&self) -> Client {
        let code = self.first_admin_code();
        let email = "admin@example.org";
        let body = json!({"code": code, "email": email, "password": PASSWORD});
        let (status, answer) = self.client().post("/api/auth/first-admin", &body);
        assert_eq!(status, 201, "{answer}");
        self.client().login(email, PASSWORD)
    }

    /// Registers somebody, and logs in.
    pub(crate) fn user(&self, email: &str, skills: &[&str]) -> Client {
        let body = json!({"email": email, "password": PASSWORD, "skills": skills});
        let (status, answer) = self.client().post("/api/auth/register", &body);
        assert_eq!(status, 202, "{answer}");
        self.client().login(email, PASSWORD)
    }

    /// Registers somebody whom the admin makes a moderator.
    pub(crate) fn moderator(&self, admin: &Client, email: &str, skills: &[&str]) -> Client {
        let moderator = self.user(email, skills);
        let id = moderator.get("/api/auth/profile").1["user"]["id"].clone();
        let path = format!("/api/admin/users/{}", id.as_str().unwrap());
        let (status, answer) = admin.patch(&path, &json!({"role": "moderator"}));
        assert_eq!(status, 200, "{answer}");
        moderator
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// Somebody who speaks with a server.
#[derive(Clone)]
pub(crate) struct Client {
    address: SocketAddr,
    token: Option<String>,
}

impl Client {
    pub(crate) fn login(mut self, email: &str, password: &str) -> Self {
        let body = json!({"email": email, "password": password});
        let (status, answer) = self.post("/api/auth/login", &body);
        assert_eq!(status, 200, "{answer}");
        self.token = Some(answer["token"].as_str().unwrap().to_owned());
        self
    }

    pub(crate) fn get(&self, path: &str) -> (u16, Value) {
        self.send("GET", path, None)
    }

    pub(crate) fn post(&self, path: &str, body: &Value) -> (u16, Value) {
        self.send("POST", path, Some(body))
    }

    pub(crate) fn patch(&self, path: &str, body: &Value) -> (u16, Value) {
        self.send("PATCH", path, Some(body))
    }

    /// Writes a ticket. Answers its number.
    pub(crate) fn create(&self, title: &str, description: &str) -> u64 {
        let body = json!({"title": title, "description": description});
        let (status, answer) = self.post("/api/tickets", &body);
        assert_eq!(status, 201, "{answer}");
        answer["ticket"]["number"].as_u64().unwrap()
    }

    pub(crate) fn ticket(&self, number: u64) -> Value {
        let (status, mut answer) = self.get(&format!("/api/tickets/{number}"));
        assert_eq!(status, 200, "{answer}");
        answer["ticket"].take()
    }

    /// The same client with this bearer token.
    pub(crate) fn with_token(mut self, token: &str) -> Self {
        self.token = Some(token.to_owned());
        self
    }

    /// The body of an answer that is no JSON.
    pub(crate) fn get_text(&self, path: &str) -> String {
        let answer = self.exchange("GET", path, None);
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with("HTTP/1.1 200 "), "{answer}");
        body.to_owned()
    }

    fn send(&self, method: &str, path: &str, body: Option<&Value>) -> (u16, Value) {
        parse(&self.exchange(method, path, body))
    }

    fn exchange(&self, method: &str, path: &str, body: Option<&Value>) -> String {
        let body = body.map(ToString::to_string).unwrap_or_default();
        let token = match &self.token {
            Some(token) => format!("authorization: Bearer {token}\r\n"),
            None => String::new(),
        };
        let request = format!(
            "{method} {path} HTTP/1.1\r\nhost: {}\r\nconnection: close\r\n{token}\
             content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            self.address,
            body.len()
        );
        let mut stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }
}

/// The status and the body of an answer whose length is known.
pub(crate) fn parse(answer: &str) -> (u16, Value) {
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    (status, serde_json::from_str(body).unwrap())
}

/// The files in a folder that end like this.
pub(crate) fn files(folder: &Path, end: &str) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else {
        return Vec::new();
    };
    let paths = entries.map(|entry| entry.unwrap().path());
    paths
        .filter(|path| path.to_string_lossy().ends_with(end))
        .collect()
}
