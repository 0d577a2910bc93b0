//! Figures of backlog and load that need no actor, since they reveal nothing about single tickets or users.

use super::staffing::{covered_alone, uncovered_tickets};
use crate::{
    desk::{DeskError, Routing},
    domain::{
        fairness::Spread,
        query::BacklogLane,
        time::{Span, Timestamp},
    },
};

/// Figures of backlog and load. They are cheap enough to be read every few seconds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BacklogFigures {
    /// The number of tickets in the backlog.
    pub waiting: u64,
    /// The age of the oldest of them; zero if the backlog is empty.
    pub oldest_age: Span,
    /// The number of them whose skills no single moderator covers. Tickets without required skills do not count.
    pub uncovered: u64,
    /// The number of skills that only one moderator covers.
    pub covered_alone: usize,
    /// The number of tickets that are not yet read, or not yet assigned or added to the backlog.
    pub needing_triage: u64,
    /// The number of dead jobs.
    pub dead_jobs: u64,
    /// The number of jobs that wait for a process that knows their kind or their event handler. A process without the
    /// handlers of another one counts the deliveries for that process.
    pub unknown_jobs: u64,
    /// The number of stored records that this process has found unreadable, see
    /// [`SystemStore::unreadable_records`](crate::backend::store::SystemStore::unreadable_records).
    pub unreadable_records: u64,
    /// How evenly the tickets that occupy seats are spread over the active moderators, including absent ones. Admins
    /// are excluded: they are assigned only tickets that no moderator can take.
    pub load: Spread,
}

impl Routing<'_> {
    /// Returns the current figures. They are read one after the other, so they may differ by concurrent changes. The
    /// cost grows with the number of backlog lanes and of staff.
    ///
    /// # Errors
    /// Errors of the store and the queue.
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

/// Returns the age of the oldest ticket, which is never negative, even if the clocks of other processes differ.
fn oldest_age(lines: &[BacklogLane], now: Timestamp) -> Span {
    let oldest = lines.iter().map(|line| line.oldest).min();
    oldest.map_or(Span::zero(), |oldest| (now - oldest).max(Span::zero()))
}
