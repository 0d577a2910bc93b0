//! The report of an import: the lines, the speed, the load of each member of the staff, and why tickets wait.

use std::{collections::HashMap, time::Duration};

use tickmate::{
    backend::store::{TicketStore, UserStore},
    domain::{decision::QueueReason, id::UserId, routing::Staff},
};

use crate::{
    failure::{Context, Failure},
    print,
    wire::App,
};

/// What became of the lines.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Counts {
    /// Became tickets.
    pub(super) taken: u64,
    /// Became tickets in an earlier import.
    pub(super) known: u64,
    /// Can't become tickets.
    pub(super) refused: u64,
}

impl Counts {
    /// Counts the lines that were read.
    pub(super) const fn read(self) -> u64 {
        self.taken + self.known + self.refused
    }
}

/// Describes why a ticket waits.
pub(crate) const fn reason(reason: QueueReason) -> &'static str {
    match reason {
        QueueReason::Full => "everybody who could take it is full or absent",
        QueueReason::Nobody => "there is nobody who could take it",
    }
}

/// Prints what became of the lines, and how fast.
pub(super) fn print_counts(counts: Counts, took: Duration) {
    print::line(format_args!(
        "{} read: {} taken, {} known already, {} refused",
        plural(counts.read(), "line"),
        counts.taken,
        counts.known,
        counts.refused
    ));
    let seconds = took.as_secs_f64();
    if counts.taken > 0 && seconds > 0.0 {
        #[expect(clippy::cast_precision_loss, reason = "shown to one digit")]
        let speed = counts.taken as f64 / seconds;
        print::line(format_args!(
            "in {seconds:.1} s, {speed:.0} tickets a second, each read and given to somebody or put into the queue"
        ));
    }
}

/// Prints the load of each member of the staff, and why tickets wait: of the whole desk.
///
/// # Errors
/// The database can't be read.
pub(super) async fn print_desk(app: &App) -> Result<(), Failure> {
    const FAILED: &str = "the database can't be read";
    let mut roster = app.store.roster().await.context(FAILED)?;
    let ids: Vec<UserId> = roster.iter().map(|staff| staff.id).collect();
    let users = app.store.users(&ids).await.context(FAILED)?;
    let names = users.iter().map(|user| (user.id, user.display_name()));
    let names: HashMap<UserId, &str> = names.collect();
    roster.sort_by_key(|staff| (staff.role, names.get(&staff.id).copied()));
    let assigned: u64 = roster.iter().map(|staff| u64::from(staff.active)).sum();
    let assigned = plural(assigned, "open ticket");
    print::line(format_args!("\nThe desk: {assigned} assigned"));
    let row = |staff: &Staff| {
        let name = names.get(&staff.id).copied().unwrap_or_default();
        let load = format!("{} of {}", staff.active, staff.capacity);
        [name.to_owned(), staff.role.as_str().to_owned(), load]
    };
    print::table(&roster.iter().map(row).collect::<Vec<_>>());

    let lanes = app.store.backlog_lanes().await;
    let lanes = lanes.context("the queue can't be read")?;
    let waiting: u64 = lanes.iter().map(|lane| lane.length).sum();
    let nobody: u64 = lanes.iter().map(|lane| lane.nobody).sum();
    let full = waiting.saturating_sub(nobody);
    print::line(format_args!("{} in the queue", plural(waiting, "ticket")));
    let rows = [(full, QueueReason::Full), (nobody, QueueReason::Nobody)].into_iter();
    let rows = rows.filter(|(count, _)| *count > 0);
    let rows = rows.map(|(count, why)| [count.to_string(), reason(why).to_owned()]);
    print::table(&rows.collect::<Vec<_>>());
    Ok(())
}

fn plural(count: u64, noun: &str) -> String {
    match count {
        1 => format!("1 {noun}"),
        _ => format!("{count} {noun}s"),
    }
}
