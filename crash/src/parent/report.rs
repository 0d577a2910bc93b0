//! The results of a run, one line for each figure.

use std::{collections::BTreeMap, io::Write};

/// How often the desk was killed, and where.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tally {
    /// Kills by the desk itself, at each failpoint.
    pub(crate) at: BTreeMap<&'static str, u32>,
    /// Kills by the parent, at a random time.
    pub(crate) random: u32,
    /// Kills by the parent, because the failpoint was not reached in time.
    pub(crate) missed: BTreeMap<&'static str, u32>,
}

impl Tally {
    /// Returns the total number of kills.
    pub(crate) fn kills(&self) -> u32 {
        let at: u32 = self.at.values().sum();
        let missed: u32 = self.missed.values().sum();
        at + missed + self.random
    }
}

/// All violations, by figure, as sentences.
#[derive(Debug, Clone, Default)]
pub(crate) struct Violations {
    /// Acknowledged, but missing or stored twice.
    pub(crate) lost: Vec<String>,
    /// Unassigned, although a suitable user has a free seat.
    pub(crate) never_assigned: Vec<String>,
    /// Assigned while already assigned.
    pub(crate) assigned_twice: Vec<String>,
    /// Delivered to a mailbox more than once, or with more than one message id.
    pub(crate) mailed_twice: Vec<String>,
    /// Unfinished or inconsistent.
    pub(crate) stuck: Vec<String>,
}

impl Violations {
    /// Returns the figures that must be 0, in the order of the report.
    pub(crate) fn figures(&self) -> [(&'static str, &[String]); 5] {
        [
            ("lost", &self.lost),
            ("never assigned", &self.never_assigned),
            ("assigned twice", &self.assigned_twice),
            ("mailed twice", &self.mailed_twice),
            ("stuck", &self.stuck),
        ]
    }

    /// Returns whether there is no violation.
    pub(crate) fn is_clean(&self) -> bool {
        self.figures()
            .iter()
            .all(|(_, sentences)| sentences.is_empty())
    }
}

/// The maximum number of violations of a figure that are printed.
const MAX_PRINTED: usize = 5;

/// The results of a run.
#[derive(Debug)]
pub(crate) struct Report {
    pub(crate) tally: Tally,
    pub(crate) acknowledged: usize,
    pub(crate) retried: usize,
    pub(crate) violations: Violations,
    pub(crate) seconds: u64,
}

impl Report {
    /// Prints the report.
    pub(crate) fn print(&self) {
        let list = |counts: &BTreeMap<&str, u32>| {
            let words: Vec<String> = counts
                .iter()
                .map(|(name, count)| format!("{name} {count}"))
                .collect();
            words.join(", ")
        };
        let Tally { at, random, missed } = &self.tally;
        print_line(&format!("kills          {}", self.tally.kills()));
        print_line(&format!("  at points    {}", list(at)));
        print_line(&format!("  at random    {random}"));
        if !missed.is_empty() {
            print_line(&format!("  not reached  {}", list(missed)));
        }
        print_line(&format!("acknowledged   {}", self.acknowledged));
        print_line(&format!("  retried      {}", self.retried));
        for (figure, sentences) in self.violations.figures() {
            print_line(&format!("{figure:<14} {}", sentences.len()));
        }
        print_line(&format!("seconds        {}", self.seconds));
        print_violations(&self.violations);
    }
}

/// Prints the first violations of each figure.
pub(crate) fn print_violations(violations: &Violations) {
    for (figure, sentences) in violations.figures() {
        for sentence in sentences.iter().take(MAX_PRINTED) {
            print_line(&format!("! {figure}: {sentence}"));
        }
    }
}

/// Prints a line. An error of the output is ignored.
pub(crate) fn print_line(line: &str) {
    let mut out = std::io::stdout();
    let _ = writeln!(out, "{line}").and_then(|()| out.flush());
}
