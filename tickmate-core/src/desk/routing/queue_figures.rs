//! What the desk says of queue and load without being asked by anybody in particular: figures, and nothing of tickets
//! or people.

use crate::{
    desk::{Desk, DeskError},
    domain::{
        fairness::Spread,
        query::QueueLine,
        time::{Span, Timestamp},
        user::Role,
    },
};

/// Figures on queue and load, cheap enough to be asked for every few seconds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct QueueFigures {
    /// How many tickets wait for somebody.
    pub waiting: u64,
    /// How long ago the oldest of them was written; zero where none waits.
    pub oldest_age: Span,
    /// How many of them nobody could take, however much room there were.
    pub uncovered: u64,
    /// How many tickets the desk has yet to read, or to give to somebody or the queue.
    pub unsettled: u64,
    /// How many jobs are not tried any more.
    pub dead_jobs: u64,
    /// How evenly the tickets that hold seats are spread over the moderators in use, absent ones included. Admins are
    /// left out: they are given only what nobody else can take.
    pub load: Spread,
}

impl Desk {
    /// The figures as they are now. They are read one after the other, so that they may differ by what happens
    /// meanwhile. Costs by the number of tickets that wait and of staff.
    ///
    /// # Errors
    /// Those of store and queue.
    pub async fn queue_figures(&self) -> Result<QueueFigures, DeskError> {
        let lines = self.store.queue_lines().await?;
        let staff = self.store.roster().await?;
        let loads: Vec<u64> = staff
            .iter()
            .filter(|one| one.role == Role::Moderator)
            .map(|one| u64::from(one.active))
            .collect();
        Ok(QueueFigures {
            waiting: lines.iter().map(|line| line.length).sum(),
            oldest_age: oldest_age(&lines, self.now()),
            uncovered: lines.iter().map(|line| line.nobody).sum(),
            unsettled: self.store.count_unsettled().await?,
            dead_jobs: self.queue.depth().await?.dead,
            load: Spread::of(&loads),
        })
    }
}

/// Never negative, whatever the clocks of other processes say.
fn oldest_age(lines: &[QueueLine], now: Timestamp) -> Span {
    let oldest = lines.iter().map(|line| line.oldest).min();
    oldest.map_or(Span::zero(), |oldest| (now - oldest).max(Span::zero()))
}
