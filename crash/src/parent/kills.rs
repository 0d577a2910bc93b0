//! Kills the desk repeatedly: one process after the other ends at a failpoint or at a random time.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use fastrand::Rng;
use tickmate_core::failpoint;
use tokio::{
    sync::watch,
    task::JoinSet,
    time::{sleep, timeout},
};

use super::{
    accounts::AccountCreator,
    check,
    clients::Writer,
    drain,
    process::{Process, ProcessEnd},
    report::{Tally, Violations},
    scene::{CLIENTS, Scene},
    wire::Api,
};
use crate::{args::FailAt, failure::Failure};

/// How long the desk may take to reach a failpoint.
const FAILPOINT_LIMIT: Duration = Duration::from_secs(1);
/// How long the clients may take for their last requests.
const LAST_REQUESTS: Duration = Duration::from_secs(30);
/// How long the desk may take to finish its work after the last kill, and the additional time for each kill: the jobs
/// that ran at a kill run again one by one, and the processes live too short to finish them.
const DRAIN: Duration = Duration::from_secs(60);
const DRAIN_PER_KILL: Duration = Duration::from_millis(300);

/// How a process is to end.
enum Plan {
    AtFailpoint(FailAt),
    /// At this time after the process serves, or after its start.
    Random {
        after: Duration,
        from_start: bool,
    },
}

/// Kills the desk, and then lets it finish its work.
pub(crate) struct Killer<'s> {
    scene: &'s Scene,
    rng: Rng,
    tally: Tally,
    /// The index of the next failpoint.
    next_failpoint: usize,
    /// Processes that ended in a way that was not planned.
    unexpected_ends: Vec<String>,
    address: watch::Sender<Option<SocketAddr>>,
    stop: Arc<AtomicBool>,
    clients: JoinSet<()>,
    /// How long the desk may take to finish its work.
    pub(crate) drain_limit: Duration,
}

impl<'s> Killer<'s> {
    pub(crate) fn new(scene: &'s Scene, seed: u64) -> Self {
        let mut rng = Rng::with_seed(seed);
        let next_failpoint = rng.usize(..failpoint::NAMES.len());
        Self {
            scene,
            rng,
            tally: Tally::default(),
            next_failpoint,
            unexpected_ends: Vec::new(),
            address: watch::Sender::new(None),
            stop: Arc::default(),
            clients: JoinSet::new(),
            drain_limit: DRAIN,
        }
    }

    /// Returns how often and where it has killed the desk so far.
    pub(crate) fn tally(&self) -> Tally {
        self.tally.clone()
    }

    /// Kills the desk this many times, while the clients work.
    pub(crate) async fn kill(&mut self, kills: u32) -> Result<(), Failure> {
        self.drain_limit += DRAIN_PER_KILL * kills;
        self.start_clients()?;
        for _ in 0..kills {
            let plan = self.plan();
            self.run_process(plan).await?;
        }
        Ok(())
    }

    /// Lets the desk finish its work and stop, and checks the result.
    pub(crate) async fn drain_and_check(&mut self) -> Result<Violations, Failure> {
        let mut desk = Process::start(self.scene, None, None)?;
        let Some(address) = desk.address().await? else {
            return Err(Failure::new("the desk did not start after the last kill"));
        };
        self.address.send_replace(Some(address));
        self.stop.store(true, Ordering::SeqCst);
        let mut violations = Violations::default();
        let all = async { while self.clients.join_next().await.is_some() {} };
        if timeout(LAST_REQUESTS, all).await.is_err() {
            violations.stuck.push("a client got no answer".to_owned());
            self.clients.abort_all();
        }
        self.scene.peer.set_faulty(false);
        let left = drain::wait(&self.scene.db(), self.drain_limit).await?;
        violations.stuck.extend(left);
        let api = Api::new(self.address.subscribe())?;
        check::by_api(self.scene, &api, &mut violations).await?;
        if !desk.stop().await? {
            violations
                .stuck
                .push("the desk did not stop cleanly".to_owned());
        }
        self.address.send_replace(None);
        check::by_store(self.scene, &mut violations).await?;
        violations.stuck.append(&mut self.unexpected_ends.clone());
        self.scene.peer.set_faulty(true);
        Ok(violations)
    }

    fn start_clients(&mut self) -> Result<(), Failure> {
        self.stop = Arc::default();
        for number in 0..CLIENTS {
            let api = Api::new(self.address.subscribe())?;
            let writer = Writer::new(self.scene, api, number, self.rng.fork());
            self.clients.spawn(writer.run(Arc::clone(&self.stop)));
        }
        let api = Api::new(self.address.subscribe())?;
        let account_creator = AccountCreator::new(self.scene, api, Arc::clone(&self.stop));
        self.clients.spawn(account_creator.run());
        Ok(())
    }

    /// Plans the end of a process. Seven out of ten end at a failpoint, in turn, at one of its first hits. The
    /// numbers of hits are low where accounts are created, which is rare, and high for commits, because the first
    /// commits of a process are always those of its start.
    fn plan(&mut self) -> Plan {
        if self.rng.u32(..10) >= 7 {
            return Plan::Random {
                after: Duration::from_millis(self.rng.u64(30..350)),
                from_start: self.rng.u32(..4) == 0,
            };
        }
        let name = failpoint::NAMES[self.next_failpoint % failpoint::NAMES.len()];
        self.next_failpoint += 1;
        let most = match name {
            "login.session" | "token.used" => 2,
            "writer.before_commit" | "writer.after_commit" => 40,
            _ => 4,
        };
        Plan::AtFailpoint(FailAt {
            name,
            hit: self.rng.u32(1..=most),
        })
    }

    async fn run_process(&mut self, plan: Plan) -> Result<(), Failure> {
        match plan {
            Plan::AtFailpoint(fail) => {
                let mut desk = Process::start(self.scene, Some(fail), None)?;
                self.address.send_replace(desk.address().await?);
                match desk.wait_for_end(FAILPOINT_LIMIT).await? {
                    Some(ProcessEnd::Killed) => *self.tally.at.entry(fail.name).or_default() += 1,
                    Some(ProcessEnd::Otherwise) => {
                        self.note_unexpected_end(&format!("before {fail}"))
                    }
                    None => {
                        *self.tally.missed.entry(fail.name).or_default() += 1;
                        self.kill_process(&mut desk).await?;
                    }
                }
            }
            Plan::Random { after, from_start } => {
                let mut desk = Process::start(self.scene, None, None)?;
                if !from_start {
                    self.address.send_replace(desk.address().await?);
                }
                sleep(after).await;
                self.tally.random += 1;
                self.kill_process(&mut desk).await?;
            }
        }
        self.address.send_replace(None);
        Ok(())
    }

    async fn kill_process(&mut self, desk: &mut Process) -> Result<(), Failure> {
        if desk.kill().await? == ProcessEnd::Otherwise {
            self.note_unexpected_end("before it was killed");
        }
        Ok(())
    }

    fn note_unexpected_end(&mut self, when: &str) {
        self.unexpected_ends
            .push(format!("the desk ended by itself {when}"));
    }
}
