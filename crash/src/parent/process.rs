//! One process of the desk under test.

use std::{fs::OpenOptions, net::SocketAddr, process::Stdio, time::Duration};

use rustix::process::{Pid, Signal, kill_process};
use tokio::{
    io::{AsyncBufReadExt, BufReader, Lines},
    process::{Child, ChildStdin, ChildStdout, Command},
    time::timeout,
};

use super::scene::Scene;
use crate::{args::FailAt, failure::Failure};

/// How long the start may take on a busy machine.
const START_LIMIT: Duration = Duration::from_secs(30);
/// How long a clean stop may take.
const STOP_LIMIT: Duration = Duration::from_secs(20);

/// A process of the desk under test. It is killed on drop.
pub(crate) struct Process {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
    /// Held open, because the desk ends when it is closed. It is taken out of the child, because waiting for a child
    /// closes its input.
    _input: Option<ChildStdin>,
}

/// How a process ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ProcessEnd {
    /// By SIGKILL.
    Killed,
    /// In any other way.
    Otherwise,
}

impl Process {
    /// Starts the desk.
    pub(crate) fn start(
        scene: &Scene,
        fail: Option<FailAt>,
        max_crashes: Option<u32>,
    ) -> Result<Self, Failure> {
        let log = OpenOptions::new()
            .create(true)
            .append(true)
            .open(scene.log_file())?;
        let mut command = Command::new(std::env::current_exe()?);
        command
            .arg("desk")
            .arg("--db")
            .arg(scene.db())
            .args(["--peer", scene.peer.url()])
            .args(["--mail", scene.mail_word()])
            .args(["--engine", scene.engine_word()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::from(log))
            .kill_on_drop(true);
        if let Some(fail) = fail {
            command.args(["--fail", &fail.to_string()]);
        }
        if let Some(sabotage) = scene.sabotage {
            command.args(["--sabotage", &sabotage.name()]);
        }
        if let Some(max_crashes) = max_crashes {
            command.args(["--max-crashes", &max_crashes.to_string()]);
        }
        let mut child = command.spawn()?;
        let out = child
            .stdout
            .take()
            .ok_or_else(|| Failure::new("the desk has no output"))?;
        Ok(Self {
            _input: child.stdin.take(),
            child,
            lines: BufReader::new(out).lines(),
        })
    }

    /// Returns the address that the desk serves on, or `None` if it died before it served.
    pub(crate) async fn address(&mut self) -> Result<Option<SocketAddr>, Failure> {
        match timeout(START_LIMIT, self.lines.next_line()).await {
            Ok(Ok(Some(line))) => Ok(Some(line.parse()?)),
            Ok(Ok(None)) => Ok(None),
            Ok(Err(error)) => Err(error.into()),
            Err(_) => Err(Failure::new("the desk did not start in time")),
        }
    }

    /// Waits for the end of the process. Returns `None` if it still runs at the limit.
    pub(crate) async fn wait_for_end(
        &mut self,
        limit: Duration,
    ) -> Result<Option<ProcessEnd>, Failure> {
        use std::os::unix::process::ExitStatusExt;
        match timeout(limit, self.child.wait()).await {
            Ok(status) => Ok(Some(match status?.signal() {
                Some(signal) if signal == Signal::KILL.as_raw() => ProcessEnd::Killed,
                _ => ProcessEnd::Otherwise,
            })),
            Err(_) => Ok(None),
        }
    }

    /// Kills the process, and waits for its end. Returns how it ended, because it may have ended before the kill.
    pub(crate) async fn kill(&mut self) -> Result<ProcessEnd, Failure> {
        self.child.start_kill()?;
        self.wait_for_end(STOP_LIMIT)
            .await?
            .ok_or_else(|| Failure::new("the desk could not be killed"))
    }

    /// Asks the process to stop, and waits. Returns whether it stopped cleanly.
    pub(crate) async fn stop(mut self) -> Result<bool, Failure> {
        let pid = self
            .child
            .id()
            .and_then(|id| i32::try_from(id).ok())
            .and_then(Pid::from_raw);
        if let Some(pid) = pid {
            kill_process(pid, Signal::TERM)?;
        }
        match timeout(STOP_LIMIT, self.child.wait()).await {
            Ok(status) => Ok(status?.success()),
            Err(_) => self.kill().await.map(|_| false),
        }
    }
}
