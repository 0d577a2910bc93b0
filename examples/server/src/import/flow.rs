//! The flow of lines from the file into the desk: many at once, in no particular order, and with a bound, so that
//! tickets that users create meanwhile do not wait long.

use std::{
    collections::HashSet,
    fs::File,
    io::{self, BufReader},
    sync::Arc,
    time::Duration,
};

use indicatif::ProgressBar;
use tokio::{
    sync::mpsc::{Receiver, channel},
    task::{JoinError, JoinSet},
    time::{MissedTickBehavior, interval},
};
use tokio_util::sync::CancellationToken;

use super::{
    line::{Lines, RawLine},
    needing_triage,
    report::Counts,
    take::{Taken, Taker},
};
use crate::{failure::Failure, wire::App};

/// How many lines are imported at once: they share commits.
const AT_ONCE: usize = 128;
/// How many lines are read ahead.
const AHEAD: usize = 256;
/// How many tickets may need triage before more lines are imported: those of users wait behind them.
const BACKLOG: u64 = 512;
/// How often to look how many tickets need triage while there are too many.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// The import of the lines that are read.
struct Flow<'a> {
    taker: Arc<Taker>,
    bar: &'a ProgressBar,
    running: JoinSet<(u64, Option<String>, Taken)>,
    /// The ids of the lines that are being imported.
    ids: HashSet<String>,
    /// A line with an id that is being imported already: the first line in the file takes precedence.
    held: Option<RawLine>,
    counts: Counts,
    backlog: u64,
    failed: Option<Failure>,
}

/// Imports the file, until its end or until the process is to stop.
///
/// # Errors
/// The file can't be read, or the database can't be written.
pub(super) async fn take_all(
    app: &App,
    taker: Arc<Taker>,
    file: File,
    bar: &ProgressBar,
    stop: &CancellationToken,
) -> Result<Counts, Failure> {
    let mut lines = read(file);
    let mut flow = Flow {
        taker,
        bar,
        running: JoinSet::new(),
        ids: HashSet::new(),
        held: None,
        counts: Counts::default(),
        backlog: needing_triage(app).await?,
        failed: None,
    };
    let mut look = interval(LOOK_EVERY);
    look.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut open = true;
    while open || !flow.running.is_empty() {
        let has_room = flow.has_room();
        tokio::select! {
            line = lines.recv(), if open && has_room && flow.held.is_none() => match line {
                Some(Ok(line)) => flow.start(line),
                Some(Err(error)) => {
                    flow.failed = Some(Failure::because("the file can't be read", &error));
                }
                None => open = false,
            },
            Some(ended) = flow.running.join_next(), if !flow.running.is_empty() => flow.ended(ended),
            _ = look.tick(), if open && !has_room => flow.backlog = needing_triage(app).await?,
            () = stop.cancelled(), if open => {
                open = false;
                flow.held = None;
            }
        }
        if flow.failed.is_some() {
            open = false;
            flow.held = None;
        }
    }
    match flow.failed {
        Some(failure) => Err(failure),
        None => Ok(flow.counts),
    }
}

impl Flow<'_> {
    fn has_room(&self) -> bool {
        let running = self.running.len();
        running < AT_ONCE && self.backlog.saturating_add(running as u64) <= BACKLOG
    }

    fn start(&mut self, raw: RawLine) {
        self.bar.set_position(raw.bytes);
        let id = raw.line.as_ref().ok().and_then(|line| line.id.clone());
        if id.as_ref().is_some_and(|id| self.ids.contains(id)) {
            self.held = Some(raw);
            return;
        }
        self.ids.extend(id.clone());
        let taker = Arc::clone(&self.taker);
        self.running
            .spawn(async move { (raw.number, id, taker.take(raw.line).await) });
    }

    fn ended(&mut self, ended: Result<(u64, Option<String>, Taken), JoinError>) {
        match ended {
            Ok((number, id, taken)) => {
                if let Some(id) = id {
                    self.ids.remove(&id);
                }
                self.note(number, taken);
            }
            Err(error) => {
                let failure = Failure::because("the import failed", &error);
                self.failed.get_or_insert(failure);
            }
        }
        if let Some(held) = self.held.take() {
            self.start(held);
        }
    }

    fn note(&mut self, number: u64, taken: Taken) {
        match taken {
            Taken::New => {
                self.counts.taken += 1;
                self.backlog += 1;
            }
            Taken::Known => self.counts.known += 1,
            Taken::Refused(why) => {
                self.counts.refused += 1;
                self.bar.suspend(|| eprintln!("line {number}: {why}"));
            }
            Taken::Failed(failure) => {
                self.failed.get_or_insert(failure);
            }
        }
    }
}

/// Reads the file on a thread of its own, a few lines ahead.
fn read(file: File) -> Receiver<io::Result<RawLine>> {
    let (sender, receiver) = channel(AHEAD);
    tokio::task::spawn_blocking(move || {
        let mut lines = Lines::new(BufReader::new(file));
        while let Some(next) = lines.next().transpose() {
            let failed = next.is_err();
            if sender.blocking_send(next).is_err() || failed {
                return;
            }
        }
    });
    receiver
}
