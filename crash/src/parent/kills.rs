//! The kills: one life of the desk after the other, each ended at a failpoint or at a random moment.

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
    accounts::Newcomers,
    check,
    clients::Writer,
    drain,
    process::{Ended, Process},
    report::{Tally, Violations},
    scene::{CLIENTS, Scene},
    wire::Api,
};
use crate::{args::FailAt, failure::Failure};

/// How long a failpoint may take to be reached.
const REACH: Duration = Duration::from_secs(1);
/// How long the clients may take for their last requests.
const LAST_REQUESTS: Duration = Duration::from_secs(30);
/// How long the desk has to come to rest after the last kill, and how much longer for each kill: the jobs that were
/// running at a kill run again one by one, and lives are too short to get through them.
const DRAIN: Duration = Duration::from_secs(60);
const DRAIN_A_KILL: Duration = Duration::from_millis(300);

/// How a life is to end.
enum Plan {
    At(FailAt),
    /// So long after it serves, or after its start.
    Random {
        after: Duration,
        from_start: bool,
    },
}

/// Kills the desk, and lets it come to rest.
pub(crate) struct Killer<'s> {
    scene: &'s Scene,
    rng: Rng,
    tally: Tally,
    /// Which failpoint is next.
    turn: usize,
    /// Lives that ended in a way that nobody planned.
    strange: Vec<String>,
    address: watch::Sender<Option<SocketAddr>>,
    stop: Arc<AtomicBool>,
    clients: JoinSet<()>,
    /// How long the desk may take to come to rest.
    pub(crate) drain_limit: Duration,
}

impl<'s> Killer<'s> {
    pub(crate) fn new(scene: &'s Scene, seed: u64) -> Self {
        let mut rng = Rng::with_seed(seed);
        let turn = rng.usize(..failpoint::NAMES.len());
        Self {
            scene,
            rng,
            tally: Tally::default(),
            turn,
            strange: Vec::new(),
            address: watch::Sender::new(None),
            stop: Arc::default(),
            clients: JoinSet::new(),
            drain_limit: DRAIN,
        }
    }

    /// How often it killed so far, and where.
    pub(crate) fn tally(&self) -> Tally {
        self.tally.clone()
    }

    /// Kills the desk so many times, while the clients work.
    pub(crate) async fn kill(&mut self, kills: u32) -> Result<(), Failure> {
        self.drain_limit += DRAIN_A_KILL * kills;
        self.start_clients()?;
        for _ in 0..kills {
            let plan = self.plan();
            self.live(plan).await?;
        }
        Ok(())
    }

    /// Lets the desk live, come to rest and end, and looks at what is left.
    pub(crate) async fn settle_and_check(&mut self) -> Result<Violations, Failure> {
        let mut desk = Process::start(self.scene, None, None)?;
        let Some(address) = desk.address().await? else {
            return Err(Failure::new("the desk did not start after the last kill"));
        };
        self.address.send_replace(Some(address));
        self.stop.store(true, Ordering::SeqCst);
        let mut found = Violations::default();
        let all = async { while self.clients.join_next().await.is_some() {} };
        if timeout(LAST_REQUESTS, all).await.is_err() {
            found.stuck.push("a client got no answer".to_owned());
            self.clients.abort_all();
        }
        self.scene.peer.set_faulty(false);
        let left = drain::wait(&self.scene.db(), self.drain_limit).await?;
        found.stuck.extend(left);
        let api = Api::new(self.address.subscribe())?;
        check::by_api(self.scene, &api, &mut found).await?;
        if !desk.stop().await? {
            found.stuck.push("the desk did not end in order".to_owned());
        }
        self.address.send_replace(None);
        check::by_store(self.scene, &mut found).await?;
        found.stuck.append(&mut self.strange.clone());
        self.scene.peer.set_faulty(true);
        Ok(found)
    }

    fn start_clients(&mut self) -> Result<(), Failure> {
        self.stop = Arc::default();
        for number in 0..CLIENTS {
            let api = Api::new(self.address.subscribe())?;
            let writer = Writer::new(self.scene, api, number, self.rng.fork());
            self.clients.spawn(writer.run(Arc::clone(&self.stop)));
        }
        let api = Api::new(self.address.subscribe())?;
        let newcomers = Newcomers::new(self.scene, api, Arc::clone(&self.stop));
        self.clients.spawn(newcomers.run());
        Ok(())
    }

    /// Seven of ten lives end at a failpoint, each in its turn, at one of its first hits. Accounts are made only now and
    /// then; and the first commits of a life are always those of its start.
    fn plan(&mut self) -> Plan {
        if self.rng.u32(..10) >= 7 {
            return Plan::Random {
                after: Duration::from_millis(self.rng.u64(30..350)),
                from_start: self.rng.u32(..4) == 0,
            };
        }
        let name = failpoint::NAMES[self.turn % failpoint::NAMES.len()];
        self.turn += 1;
        let most = match name {
            "login.session" | "token.used" => 2,
            "writer.before_commit" | "writer.after_commit" => 40,
            _ => 4,
        };
        Plan::At(FailAt {
            name,
            hit: self.rng.u32(1..=most),
        })
    }

    async fn live(&mut self, plan: Plan) -> Result<(), Failure> {
        match plan {
            Plan::At(fail) => {
                let mut desk = Process::start(self.scene, Some(fail), None)?;
                self.address.send_replace(desk.address().await?);
                match desk.ended_within(REACH).await? {
                    Some(Ended::Killed) => *self.tally.at.entry(fail.name).or_default() += 1,
                    Some(Ended::Otherwise) => self.strange(&format!("before {fail}")),
                    None => {
                        *self.tally.missed.entry(fail.name).or_default() += 1;
                        self.end(&mut desk).await?;
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
                self.end(&mut desk).await?;
            }
        }
        self.address.send_replace(None);
        Ok(())
    }

    async fn end(&mut self, desk: &mut Process) -> Result<(), Failure> {
        if desk.kill().await? == Ended::Otherwise {
            self.strange("before it was killed");
        }
        Ok(())
    }

    fn strange(&mut self, when: &str) {
        self.strange
            .push(format!("the desk ended by itself {when}"));
    }
}
