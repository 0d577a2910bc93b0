//! Giving tickets to people: one that was just read, and those that wait.

use std::collections::{BTreeMap, BinaryHeap};

use crate::{
    backend::store::TicketWritten,
    desk::{Desk, DeskError, jobs::JobError, routing::Rules, writes::MAX_TRIES},
    domain::{
        decision::{AssigneeChoice, Decision, Hold, QueueReason},
        id::{TicketId, UserId},
        lifecycle,
        query::BacklogHead,
        routing::{Index, Needs, Pressure},
        ticket::{Ticket, is_apart, lane_skills},
        time::Timestamp,
    },
    failpoint,
};

/// How many tickets one run gives away at most; the sweep goes on with those that are left.
const MAX_GIVEN: usize = 500;
/// How many tickets one run looks at most. Of a line one is looked at, unless it is passed over for who asks.
const MAX_LOOKED: usize = 20_000;

/// After this many failures a run gives up: it is the store that fails, not a ticket.
const MAX_FAILED: usize = 5;

/// A ticket in line, those that press most first.
#[derive(PartialEq, Eq)]
struct InLine {
    pressure: Pressure,
    head: BacklogHead,
}

impl Ord for InLine {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.pressure.cmp(&other.pressure)
    }
}

impl PartialOrd for InLine {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

/// What came of trying to give a ticket to somebody.
pub(super) enum Served {
    /// Somebody has it.
    Given,
    /// It is no longer to be given to anybody, or was changed: somebody else looks after it.
    Gone,
    /// It waits.
    Waits(Hold),
}

impl Desk {
    /// Finds somebody for a ticket that was read. Where others wait already it takes its turn among them.
    pub(super) async fn route(&self, id: TicketId) -> Result<(), JobError> {
        for _ in 0..MAX_TRIES {
            let ticket = self
                .store
                .ticket(id)
                .await?
                .ok_or(JobError::Obsolete("the ticket is not there"))?;
            if !ticket.is_assignable() || ticket.triage.is_none() {
                return Ok(());
            }
            let mut held = self.serve(std::slice::from_ref(&ticket)).await?;
            let Some(hold) = held.remove(&id) else {
                return Ok(());
            };
            if ticket
                .queued
                .is_some_and(|queued| queued.reason == hold.reason)
            {
                return Ok(());
            }
            let next = lifecycle::queue(&ticket, &hold, self.now());
            if let TicketWritten::Written(ticket) = self
                .write(&Self::itself(), &ticket, &next, None, None)
                .await?
            {
                // A seat freed between the look and this write was offered to nobody: look once more.
                self.refresh_index().await?;
                return match self.decide(&ticket).await? {
                    Decision::Assign(_) => self.serve(&[]).await.map(|_| ()),
                    Decision::Wait(_) => Ok(()),
                };
            }
        }
        Err(DeskError::Overloaded.into())
    }

    /// Gives what waits to whoever has room, after somebody's seat was freed. Where nothing waits for that person and
    /// the policy says so, the person takes over what a colleague has not begun.
    pub(super) async fn drain(&self, freed: Option<UserId>) -> Result<(), JobError> {
        self.serve(&[]).await?;
        match freed {
            Some(person) => self.rebalance(person).await,
            None => Ok(()),
        }
    }

    /// Gives tickets that wait, and these with them, to people who have room: the line that presses most first.
    /// Answers which of these wait, and why.
    pub(super) async fn serve(
        &self,
        fresh: &[Ticket],
    ) -> Result<BTreeMap<TicketId, Hold>, JobError> {
        self.refresh_index().await?;
        let rules = self.rules().await?;
        let now = self.now();
        let heads = self.store.backlog_heads().await?;
        let mut lines: BinaryHeap<InLine> = self.ask_index(|index| {
            let of_fresh: Vec<InLine> = fresh
                .iter()
                .filter(|ticket| ticket.queued.is_none())
                .map(|ticket| in_line(index, &rules, BacklogHead::of(ticket), now))
                .collect();
            let open = heads
                .into_iter()
                .filter_map(|head| in_open_line(index, &rules, head, now));
            open.chain(of_fresh).collect()
        })?;
        let mut left: BTreeMap<TicketId, &Ticket> =
            fresh.iter().map(|ticket| (ticket.id, ticket)).collect();
        let mut held = BTreeMap::new();
        let (mut given, mut looked, mut failed) = (0, 0, 0);
        while let Some(InLine { head, .. }) = lines.pop() {
            if given >= MAX_GIVEN || looked >= MAX_LOOKED {
                break;
            }
            looked += 1;
            let fresh = left.remove(&head.ticket);
            let mut line_goes_on = true;
            match self.give_or_wait(head.ticket).await {
                // It waits although somebody of its line seemed free. Others of the line fare no better, unless this
                // one was passed over for who asked.
                Ok(Served::Waits(hold)) => {
                    line_goes_on = hold.why.skipped.excluded > 0;
                    if fresh.is_some() {
                        held.insert(head.ticket, hold);
                    }
                }
                Ok(Served::Given | Served::Gone) => given += 1,
                Err(error) if fresh.is_some() || failed >= MAX_FAILED => return Err(error),
                // One ticket's failure keeps no other from being served.
                Err(error) => {
                    failed += 1;
                    tracing::warn!(ticket.id = %head.ticket, error = %error, "a ticket could not be given to anybody");
                }
            }
            // Of the line of a fresh ticket the first that waits already is there on its own.
            if line_goes_on && fresh.is_none_or(|ticket| ticket.queued.is_some()) {
                let next = self.store.backlog_next(&head).await?;
                lines.extend(self.ask_index(|index| in_open_line(index, &rules, next?, now))?);
            }
        }
        for (id, ticket) in left {
            let hold = match self.decide(ticket).await? {
                Decision::Wait(hold) => hold,
                // Those before it took the time of this run; the next one goes on.
                Decision::Assign(choice) => Hold {
                    reason: QueueReason::Full,
                    why: choice.why,
                },
            };
            held.insert(id, hold);
        }
        Ok(held)
    }

    async fn give_or_wait(&self, id: TicketId) -> Result<Served, JobError> {
        for _ in 0..MAX_TRIES {
            let ticket = self.readable_ticket(id).await?;
            let Some(ticket) = ticket.filter(Ticket::is_assignable) else {
                return Ok(Served::Gone);
            };
            match self.decide(&ticket).await? {
                Decision::Wait(hold) => return Ok(Served::Waits(hold)),
                Decision::Assign(choice) => {
                    if self.claim(&ticket, &choice).await? {
                        return Ok(Served::Given);
                    }
                }
            }
        }
        Err(DeskError::Overloaded.into())
    }

    /// Gives a ticket to the chosen person, if the store finds it as it was and the person free. Whoever lost looks
    /// again, with what the store knows of the person.
    pub(super) async fn claim(
        &self,
        ticket: &Ticket,
        choice: &AssigneeChoice,
    ) -> Result<bool, JobError> {
        let ahead = self.rules().await?.policy().seats_ahead();
        let next = lifecycle::assign_automatically(ticket, choice, ahead, self.now());
        self.reserve(choice.to);
        failpoint::hit("route.before_claim");
        let written = self.write(&Self::itself(), ticket, &next, None, None).await;
        match written {
            Ok(TicketWritten::Written(_)) => {
                failpoint::hit("route.claimed");
                self.record_claim(choice.to, true, ticket.assignee());
                Ok(true)
            }
            Ok(TicketWritten::Stale | TicketWritten::SeatTaken | TicketWritten::PersonGone) => {
                self.record_claim(choice.to, false, None);
                self.refresh_index().await?;
                Ok(false)
            }
            Ok(TicketWritten::Replayed(_) | TicketWritten::KeyReused) => {
                Err(DeskError::Internal("a write without a key was replayed").into())
            }
            // It is not known whether it was written: the person stays doubtful.
            Err(error) => Err(error.into()),
        }
    }

    /// What the router makes of a ticket now.
    pub(in crate::desk) async fn decide(&self, ticket: &Ticket) -> Result<Decision, DeskError> {
        let rules = self.rules().await?;
        let policy = rules.policy();
        let previous = match policy.sticky {
            true => self.previous_assignee(ticket).await?,
            false => None,
        };
        let now = self.now();
        let needed = rules.needed(&ticket.required_skills);
        let needs = Needs {
            skills: &needed,
            requester: ticket.requester,
            declined_by: &ticket.declined_by,
            previous,
            now,
        };
        let relaxed = policy.is_relaxed(ticket.priority, ticket.created_at, now);
        self.ask_index(|index| match index.decide(&needs) {
            Decision::Wait(hold) if relaxed => match index.decide_relaxed(&needs) {
                Decision::Assign(choice) => Decision::Assign(choice),
                Decision::Wait(_) => Decision::Wait(hold),
            },
            decision => decision,
        })
    }
}

/// A line's first ticket, if anybody could be given it now.
fn in_open_line(
    index: &mut Index,
    rules: &Rules,
    head: BacklogHead,
    now: Timestamp,
) -> Option<InLine> {
    let relaxed = index
        .policy()
        .is_relaxed(head.priority, head.created_at, now);
    let open = is_apart(&head.lane)
        || index.is_open(
            &rules.needed(&lane_skills(&head.lane)),
            head.requester,
            relaxed,
        );
    open.then(|| in_line(index, rules, head, now))
}

fn in_line(index: &mut Index, rules: &Rules, head: BacklogHead, now: Timestamp) -> InLine {
    let coverers = index.coverers(&rules.needed(&lane_skills(&head.lane)));
    let pressure = Pressure::new(
        &index.policy().weights,
        head.priority,
        head.created_at,
        head.number,
        coverers,
        now,
    );
    InLine { pressure, head }
}
