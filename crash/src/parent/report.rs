//! What a run found, one line a figure.

use std::{collections::BTreeMap, io::Write};

/// How often the desk was killed, and where.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tally {
    /// By itself, at each failpoint.
    pub(crate) at: BTreeMap<&'static str, u32>,
    /// By the parent, at a random moment.
    pub(crate) random: u32,
    /// By the parent, because the failpoint was not reached in time.
    pub(crate) missed: BTreeMap<&'static str, u32>,
}

impl Tally {
    /// How often it was killed in all.
    pub(crate) fn kills(&self) -> u32 {
        let at: u32 = self.at.values().sum();
        let missed: u32 = self.missed.values().sum();
        at + missed + self.random
    }
}

/// What is wrong, by figure, each with a sentence of its own.
#[derive(Debug, Clone, Default)]
pub(crate) struct Violations {
    /// Acknowledged, and not there; or there twice.
    pub(crate) lost: Vec<String>,
    /// Nobody has it, although somebody who could has room.
    pub(crate) never_assigned: Vec<String>,
    /// Given to somebody while somebody had it.
    pub(crate) assigned_twice: Vec<String>,
    /// Reached a mailbox more than once, or under more than one name.
    pub(crate) mailed_twice: Vec<String>,
    /// Left undone, or not as it must be.
    pub(crate) stuck: Vec<String>,
}

impl Violations {
    /// The figures that must be 0, in the order of the report.
    pub(crate) fn figures(&self) -> [(&'static str, &[String]); 5] {
        [
            ("lost", &self.lost),
            ("never assigned", &self.never_assigned),
            ("assigned twice", &self.assigned_twice),
            ("mailed twice", &self.mailed_twice),
            ("stuck", &self.stuck),
        ]
    }

    /// Whether nothing is wrong.
    pub(crate) fn is_clean(&self) -> bool {
        self.figures().iter().all(|(_, found)| found.is_empty())
    }
}

/// How many violations of a figure are told in words.
const TOLD: usize = 5;

/// What a run found.
#[derive(Debug)]
pub(crate) struct Report {
    pub(crate) tally: Tally,
    pub(crate) acknowledged: usize,
    pub(crate) retried: usize,
    pub(crate) found: Violations,
    pub(crate) seconds: u64,
}

impl Report {
    /// Prints it.
    pub(crate) fn print(&self) {
        let list = |counts: &BTreeMap<&str, u32>| {
            let words: Vec<String> = counts
                .iter()
                .map(|(name, count)| format!("{name} {count}"))
                .collect();
            words.join(", ")
        };
        let Tally { at, random, missed } = &self.tally;
        say(&format!("kills          {}", self.tally.kills()));
        say(&format!("  at points    {}", list(at)));
        say(&format!("  at random    {random}"));
        if !missed.is_empty() {
            say(&format!("  not reached  {}", list(missed)));
        }
        say(&format!("acknowledged   {}", self.acknowledged));
        say(&format!("  retried      {}", self.retried));
        for (figure, found) in self.found.figures() {
            say(&format!("{figure:<14} {}", found.len()));
        }
        say(&format!("seconds        {}", self.seconds));
        tell(&self.found);
    }
}

/// Tells the first few violations of each figure in words.
pub(crate) fn tell(found: &Violations) {
    for (figure, sentences) in found.figures() {
        for sentence in sentences.iter().take(TOLD) {
            say(&format!("! {figure}: {sentence}"));
        }
    }
}

/// Prints a line. Who does not listen misses it.
pub(crate) fn say(line: &str) {
    let mut out = std::io::stdout();
    let _ = writeln!(out, "{line}").and_then(|()| out.flush());
}
