//! What the desk says of queue and load without being asked by anybody in particular: figures, and nothing of tickets
//! or people.

use super::staffing::{covered_alone, uncovered_tickets};
use crate::{
    desk::{DeskError, Routing},
    domain::{
        fairness::Spread,
        query::BacklogLane,
        time::{Span, Timestamp},
    },
};

/// Figures on queue and load, cheap enough to be asked for every few seconds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BacklogFigures {
    /// How many tickets wait for somebody.
    pub waiting: u64,
    /// How long ago the oldest of them was written; zero where none waits.
    pub oldest_age: Span,
    /// How many of them no moderator covers whole. Those that need no skill do not count.
    pub uncovered: u64,
    /// How many skills one moderator alone covers.
    pub covered_alone: usize,
    /// How many tickets the desk has yet to read, or to give to somebody or the queue.
    pub needing_triage: u64,
    /// How many jobs are not tried any more.
    pub dead_jobs: u64,
    /// How many jobs wait for a process that knows their kind, or the event handler that they are for. A process without the
    /// handlers of another one counts the deliveries that wait for that one.
    pub unknown_jobs: u64,
    /// How many stored records this process has found unreadable, see
    /// [`SystemStore::unreadable_records`](crate::backend::store::SystemStore::unreadable_records).
    pub unreadable_records: u64,
    /// How evenly the tickets that hold seats are spread over the moderators in use, absent ones included. Admins are
    /// left out: they are given only what nobody else can take.
    pub load: Spread,
}

impl Routing<'_> {
    /// The figures as they are now. They are read one after the other, so that they may differ by what happens
    /// meanwhile. Costs by the number of lines that
    /// wait and of staff.
    ///
    /// # Errors
    /// Those of store and queue.
    pub async fn backlog_figures(self) -> Result<BacklogFigures, DeskError> {
        let rules = self.desk.rules().await?;
        self.desk.refresh_index().await?;
        let lines = self.desk.store.backlog_lanes().await?;
        let (uncovered, covered_alone, loads) = self.desk.ask_index(|index| {
            let uncovered = uncovered_tickets(index, &rules, &lines);
            (uncovered, covered_alone(index).len(), index.loads())
        })?;
        let depth = self.desk.queue.depth().await?;
        let loads: Vec<u64> = loads.iter().map(|(_, open)| u64::from(*open)).collect();
        Ok(BacklogFigures {
            waiting: lines.iter().map(|line| line.length).sum(),
            oldest_age: oldest_age(&lines, self.desk.now()),
            uncovered,
            covered_alone,
            needing_triage: self.desk.store.count_needing_triage().await?,
            dead_jobs: depth.dead,
            unknown_jobs: depth.unknown + self.desk.unknown_deliveries().await?,
            unreadable_records: self.desk.store.unreadable_records(),
            load: Spread::of(&loads),
        })
    }
}

/// Never negative, whatever the clocks of other processes say.
fn oldest_age(lines: &[BacklogLane], now: Timestamp) -> Span {
    let oldest = lines.iter().map(|line| line.oldest).min();
    oldest.map_or(Span::zero(), |oldest| (now - oldest).max(Span::zero()))
}
