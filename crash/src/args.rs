//! The command line: the harness itself, and the hidden command by which it starts the desk under test.

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

/// How the harness runs.
#[derive(Debug, Clone, Args)]
pub(crate) struct RunArgs {
    /// How the mail provider treats a mail that it is given twice.
    #[arg(long, value_enum, default_value_t = MailMode::ResendLike)]
    pub(crate) mail: MailMode,
    /// Plans kills and faults as the run that printed this seed did.
    #[arg(long)]
    pub(crate) seed: Option<u64>,
    /// Breaks a rule on purpose: the run must fail.
    #[arg(long, value_enum)]
    pub(crate) sabotage: Option<Sabotage>,
    /// Tries every sabotage, and fails unless each is caught.
    #[arg(long, conflicts_with_all = ["sabotage", "bound"])]
    pub(crate) self_test: bool,
    /// Proves that a job which kills its process again and again ends as a dead one.
    #[arg(long)]
    pub(crate) bound: bool,
    /// What runs the jobs.
    #[arg(long, value_enum, default_value_t = Engine::Leases)]
    pub(crate) engine: Engine,
    /// Leaves database and log where they are, and says where.
    #[arg(long)]
    pub(crate) keep: bool,
    /// How many times the desk is killed; with --self-test at most so many times a sabotage.
    #[arg(long, default_value_t = 100)]
    pub(crate) kills: u32,
}

/// What runs the jobs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Engine {
    /// The embedded worker, which leases jobs from the ledger.
    Leases,
    /// An engine with a loop of its own, which wakes jobs of the ledger by key and forgets everything when it dies.
    Keys,
}

/// How the mail provider treats a mail that it is given twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum MailMode {
    /// It knows the key, and delivers once.
    ResendLike,
    /// It knows no keys, and delivers whatever it accepts.
    SmtpLike,
}

/// How the desk under test runs.
#[derive(Debug, Clone, Args)]
pub(crate) struct DeskArgs {
    /// The database.
    #[arg(long)]
    pub(crate) db: PathBuf,
    /// Where model and mail provider are reached.
    #[arg(long)]
    pub(crate) peer: String,
    #[arg(long, value_enum)]
    pub(crate) mail: MailMode,
    /// At which point the process kills itself.
    #[arg(long)]
    pub(crate) fail: Option<FailAt>,
    #[arg(long, value_enum)]
    pub(crate) sabotage: Option<Sabotage>,
    #[arg(long, value_enum)]
    pub(crate) engine: Engine,
    /// After how many crashes a job is dead.
    #[arg(long, default_value_t = u32::MAX)]
    pub(crate) max_crashes: u32,
}

/// A failpoint, and at which hit it kills, from 1.
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
            .ok_or("there is no such failpoint")?;
        let hit = hit.parse().map_err(|_| "the hit must be a number")?;
        Ok(Self { name, hit })
    }
}

impl std::fmt::Display for FailAt {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.name, self.hit)
    }
}
