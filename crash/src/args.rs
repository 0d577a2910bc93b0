//! The command line of the harness, and the hidden command by which the harness starts the desk under test.

use std::{path::PathBuf, str::FromStr};

use clap::{Args, Parser, Subcommand, ValueEnum};
use tickmate_core::failpoint;

use crate::sabotage::Sabotage;

/// Kills a ticket desk at every step of its work, and counts what was lost, done twice or left undone.
#[derive(Debug, Parser)]
#[command(name = "tickmate-crash", args_conflicts_with_subcommands = true)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
    #[command(flatten)]
    pub(crate) run: RunArgs,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Serves the desk under test.
    #[command(hide = true)]
    Desk(DeskArgs),
}

/// The arguments of a run.
#[derive(Debug, Clone, Args)]
pub(crate) struct RunArgs {
    /// How the mail provider treats a mail that it receives twice.
    #[arg(long, value_enum, default_value_t = MailMode::ResendLike)]
    pub(crate) mail: MailMode,
    /// Repeats the kills and faults of the run that printed this seed.
    #[arg(long)]
    pub(crate) seed: Option<u64>,
    /// Breaks a rule on purpose: the run must fail.
    #[arg(long, value_enum)]
    pub(crate) sabotage: Option<Sabotage>,
    /// Tries every sabotage, and fails unless each is caught.
    #[arg(long, conflicts_with_all = ["sabotage", "bound"])]
    pub(crate) self_test: bool,
    /// Checks that a job which kills its process at every run ends as a dead job.
    #[arg(long)]
    pub(crate) bound: bool,
    /// The job engine.
    #[arg(long, value_enum, default_value_t = Engine::Leases)]
    pub(crate) engine: Engine,
    /// Keeps the database and the log, and prints where they are.
    #[arg(long)]
    pub(crate) keep: bool,
    /// How many times the desk is killed; with --self-test the maximum for each sabotage.
    #[arg(long, default_value_t = 100)]
    pub(crate) kills: u32,
}

/// The job engine of the desk under test.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Engine {
    /// The embedded worker, which leases jobs from the queue.
    Leases,
    /// An engine with its own loop, which wakes jobs by key and loses its memory when it dies.
    Keys,
}

/// How the mail provider treats a mail that it receives twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum MailMode {
    /// It supports idempotency keys, and delivers a mail once.
    ResendLike,
    /// It supports no keys, and delivers every mail that it accepts.
    SmtpLike,
}

/// The arguments of the desk under test.
#[derive(Debug, Clone, Args)]
pub(crate) struct DeskArgs {
    /// The path of the database.
    #[arg(long)]
    pub(crate) db: PathBuf,
    /// The URL of the model and the mail provider.
    #[arg(long)]
    pub(crate) peer: String,
    #[arg(long, value_enum)]
    pub(crate) mail: MailMode,
    /// The failpoint at which the process kills itself.
    #[arg(long)]
    pub(crate) fail: Option<FailAt>,
    #[arg(long, value_enum)]
    pub(crate) sabotage: Option<Sabotage>,
    #[arg(long, value_enum)]
    pub(crate) engine: Engine,
    /// The number of crashes after which a job is dead.
    #[arg(long, default_value_t = u32::MAX)]
    pub(crate) max_crashes: u32,
}

/// A failpoint, and the number of the hit that kills, starting with 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct FailAt {
    pub(crate) name: &'static str,
    pub(crate) hit: u32,
}

impl FromStr for FailAt {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, hit) = text.split_once(':').ok_or("must be NAME:HIT")?;
        let name = failpoint::NAMES
            .iter()
            .find(|known| **known == name)
            .ok_or("unknown failpoint")?;
        let hit = hit.parse().map_err(|_| "the hit must be a number")?;
        Ok(Self { name, hit })
    }
}

impl std::fmt::Display for FailAt {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.name, self.hit)
    }
}
