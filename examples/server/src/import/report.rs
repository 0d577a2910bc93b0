//! What an import comes to: how many lines, how fast, who has how much, and what waits why.

use std::{collections::HashMap, time::Duration};

use tickmate::{
    backend::store::{TicketStore, UserStore},
    domain::{
        decision::QueueReason,
        id::UserId,
        query::{Scope, TicketFilter, TicketOrder, TicketQuery},
    },
};

use crate::{failure::Failure, print, wire::App};

/// How many tickets of the queue are read at once.
const PAGE: u32 = 500;

/// What became of the lines.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Counts {
    /// They are tickets now.
    pub(super) taken: u64,
    /// They were tickets before.
    pub(super) known: u64,
    /// They can't be tickets.
    pub(super) refused: u64,
}

impl Counts {
    /// How many lines were read.
    pub(super) const fn read(self) -> u64 {
        self.taken + self.known + self.refused
    }
}

/// Why a ticket waits, in words.
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
        // Shown to one digit, so that rounding does not matter.
        #[expect(clippy::cast_precision_loss, reason = "shown to one digit")]
        let speed = counts.taken as f64 / seconds;
        print::line(format_args!(
            "in {seconds:.1} s, {speed:.0} tickets a second, each read and given to somebody or put into the queue"
        ));
    }
}

/// Prints who has how much, and what waits why: of the whole desk.
///
/// # Errors
/// Where the database can't be read.
pub(super) async fn print_desk(app: &App) -> Result<(), Failure> {
    let failed = |error| Failure::because("the database can't be read", &error);
    let mut roster = app.store.roster().await.map_err(failed)?;
    let ids: Vec<UserId> = roster.iter().map(|staff| staff.id).collect();
    let people = app.store.users(&ids).await.map_err(failed)?;
    let names: HashMap<UserId, &str> = people
        .iter()
        .map(|person| (person.id, person.display_name()))
        .collect();
    roster.sort_by_key(|staff| (staff.role, names.get(&staff.id).copied()));
    let assigned: u64 = roster.iter().map(|staff| u64::from(staff.active)).sum();
    print::line(format_args!(
        "\nThe desk: {} assigned",
        plural(assigned, "open ticket")
    ));
    let rows: Vec<Vec<String>> = roster
        .iter()
        .map(|staff| {
            vec![
                names.get(&staff.id).copied().unwrap_or_default().to_owned(),
                staff.role.as_str().to_owned(),
                format!("{} of {}", staff.active, staff.capacity),
            ]
        })
        .collect();
    print::table(&rows);
    let waiting = waiting(app).await?;
    let sum = waiting.iter().map(|(_, count)| count).sum();
    print::line(format_args!("{} in the queue", plural(sum, "ticket")));
    let rows: Vec<Vec<String>> = waiting
        .into_iter()
        .filter(|(_, count)| *count > 0)
        .map(|(why, count)| vec![count.to_string(), why.to_owned()])
        .collect();
    print::table(&rows);
    Ok(())
}

/// How many tickets wait, by why.
async fn waiting(app: &App) -> Result<Vec<(&'static str, u64)>, Failure> {
    let mut counts = [(QueueReason::Full, 0), (QueueReason::Nobody, 0)];
    let mut query = TicketQuery {
        scopes: vec![Scope::WholeQueue],
        filter: TicketFilter::default(),
        order: TicketOrder::CreatedAt,
        descending: false,
        after: None,
        limit: PAGE,
    };
    loop {
        let page = app.store.tickets(&query).await;
        let page = page.map_err(|error| Failure::because("the queue can't be read", &error))?;
        for ticket in &page.items {
            let why = ticket.queued.map(|queued| queued.reason);
            for count in counts.iter_mut().filter(|count| Some(count.0) == why) {
                count.1 += 1;
            }
        }
        match page.items.last() {
            Some(last) if page.more => query.after = Some(query.order.place(last)),
            _ => break,
        }
    }
    Ok(counts.map(|(why, count)| (reason(why), count)).to_vec())
}

fn plural(count: u64, noun: &str) -> String {
    match count {
        1 => format!("1 {noun}"),
        _ => format!("{count} {noun}s"),
    }
}
