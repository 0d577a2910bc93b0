//! Giving tickets to people: one that was just read, and those that wait.

use std::collections::BinaryHeap;

use crate::{
    backend::store::TicketWritten,
    desk::{Desk, DeskError, jobs::JobError, writes::MAX_TRIES},
    domain::{
        id::{TicketId, UserId},
        lifecycle,
        priority::Priority,
        query::QueueHead,
        routing::{Decision, Needs, Roster},
        ticket::{QueueReason, Ticket},
    },
    failpoint,
};

/// How many tickets one run gives away at most; the sweep goes on with those that are left.
const MAX_GIVEN: usize = 500;
/// How many tickets one run looks at most. Of a line one is looked at, unless it is passed over for who asks.
const MAX_LOOKED: usize = 20_000;

/// A ticket in line, those that press most and are oldest first.
#[derive(PartialEq, Eq)]
struct InLine {
    priority: Priority,
    head: QueueHead,
}

impl Ord for InLine {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.priority
            .cmp(&other.priority)
            .then_with(|| other.head.number.cmp(&self.head.number))
    }
}

impl PartialOrd for InLine {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

/// What came of trying to give a ticket to somebody.
enum Served {
    /// Somebody has it.
    Given,
    /// It is no longer to be given to anybody, or was changed: somebody else looks after it.
    Gone,
    /// It waits.
    Waits(QueueReason),
}

impl Desk {
    /// Finds somebody for a ticket that was read. Where others wait already it takes its turn among them.
    pub(super) async fn route(&self, id: TicketId) -> Result<(), JobError> {
        for _ in 0..MAX_TRIES {
            let ticket = self
                .store
                .ticket(id)
                .await?
                .ok_or(JobError::Senseless("the ticket is not there"))?;
            if !ticket.is_assignable() || ticket.triage.is_none() {
                return Ok(());
            }
            let Some(reason) = self.serve(Some(&ticket)).await? else {
                return Ok(());
            };
            if ticket.queued.is_some_and(|queued| queued.reason == reason) {
                return Ok(());
            }
            let next = lifecycle::queue(&ticket, reason, self.now());
            if let TicketWritten::Written(ticket) = self
                .write(&Self::itself(), &ticket, &next, None, None)
                .await?
            {
                // A seat freed between the look and this write was offered to nobody: look once more.
                return match self.has_room_for(&ticket).await? {
                    true => self.serve(None).await.map(|_| ()),
                    false => Ok(()),
                };
            }
        }
        Err(DeskError::Overloaded.into())
    }

    /// Gives tickets that wait, and this one with them, to people who have room: those that press most first,
    /// then the oldest. Answers why this one waits, if it does.
    pub(super) async fn serve(
        &self,
        extra: Option<&Ticket>,
    ) -> Result<Option<QueueReason>, JobError> {
        let mut roster = Roster::new(self.store.roster().await?);
        let extra_id = extra.map(|ticket| ticket.id);
        let mut lines = BinaryHeap::new();
        if roster.has_room() {
            lines.extend(self.store.queue_heads().await?.into_iter().map(in_line));
        }
        if let Some(ticket) = extra.filter(|ticket| ticket.queued.is_none()) {
            lines.push(in_line(head_of(ticket)));
        }
        let (mut given, mut looked) = (0, 0);
        while let Some(InLine { head, .. }) = lines.pop() {
            if given >= MAX_GIVEN || looked >= MAX_LOOKED || !roster.has_room() {
                break;
            }
            looked += 1;
            let is_extra = Some(head.ticket) == extra_id;
            if !is_extra && let Decision::Wait(_) = decide_line(&head, &roster) {
                // Others in this line need the same. They fare better only where this one is passed over for who asks.
                if is_assignable_but_for_requester(&head, &roster) {
                    lines.extend(self.store.queue_next(&head).await?.map(in_line));
                }
                continue;
            }
            match self.give_or_wait(&head, &mut roster).await? {
                Served::Waits(reason) if is_extra => return Ok(Some(reason)),
                Served::Given | Served::Gone if is_extra => return Ok(None),
                // It waits although its line need not: somebody gave this one back.
                Served::Waits(_) => {}
                Served::Given | Served::Gone => given += 1,
            }
            lines.extend(self.store.queue_next(&head).await?.map(in_line));
        }
        Ok(extra.map(|ticket| match decide(ticket, &roster) {
            Decision::Wait(reason) => reason,
            // Those before it in line took the time of this run; the next one goes on with those that are left.
            Decision::Assign(_) => QueueReason::Full,
        }))
    }

    async fn give_or_wait(
        &self,
        head: &QueueHead,
        roster: &mut Roster,
    ) -> Result<Served, JobError> {
        for _ in 0..MAX_TRIES {
            let Some(ticket) = self
                .store
                .ticket(head.ticket)
                .await?
                .filter(Ticket::is_assignable)
            else {
                return Ok(Served::Gone);
            };
            let choice = match decide(&ticket, roster) {
                Decision::Wait(reason) => return Ok(Served::Waits(reason)),
                Decision::Assign(choice) => choice,
            };
            let now = self.now();
            let next = lifecycle::assign_automatically(&ticket, &choice, now);
            failpoint::hit("route.before_claim");
            match self
                .write(&Self::itself(), &ticket, &next, None, None)
                .await?
            {
                TicketWritten::Written(_) => {
                    failpoint::hit("route.claimed");
                    roster.seat_taken(choice.to);
                    return Ok(Served::Given);
                }
                // Whoever lost looks again with fresh loads.
                TicketWritten::Stale | TicketWritten::SeatTaken | TicketWritten::PersonGone => {
                    *roster = Roster::new(self.store.roster().await?);
                }
                TicketWritten::Replayed(_) | TicketWritten::KeyReused => {
                    return Err(DeskError::Internal("a write without a key was replayed").into());
                }
            }
        }
        Err(DeskError::Overloaded.into())
    }

    async fn has_room_for(&self, ticket: &Ticket) -> Result<bool, JobError> {
        let roster = Roster::new(self.store.roster().await?);
        Ok(matches!(decide(ticket, &roster), Decision::Assign(_)))
    }
}

fn decide(ticket: &Ticket, roster: &Roster) -> Decision {
    let skills: Vec<String> = ticket
        .required_skills
        .iter()
        .map(|skill| skill.id.clone())
        .collect();
    roster.route(&Needs {
        skills: &skills,
        requester: ticket.requester,
        declined_by: &ticket.declined_by,
    })
}

/// What becomes of a line's first ticket, as far as its needs and who asks decide.
fn decide_line(head: &QueueHead, roster: &Roster) -> Decision {
    route_class(&head.class, head.requester, roster)
}

fn is_assignable_but_for_requester(head: &QueueHead, roster: &Roster) -> bool {
    let asked_by_staff = roster.staff().iter().any(|one| one.id == head.requester);
    let nobody = UserId::from_uuid(uuid::Uuid::nil());
    asked_by_staff
        && matches!(
            route_class(&head.class, nobody, roster),
            Decision::Assign(_)
        )
}

fn route_class(class: &str, requester: UserId, roster: &Roster) -> Decision {
    let skills: Vec<String> = class
        .split(',')
        .filter(|skill| !skill.is_empty())
        .map(str::to_owned)
        .collect();
    roster.route(&Needs {
        skills: &skills,
        requester,
        declined_by: &[],
    })
}

fn in_line(head: QueueHead) -> InLine {
    InLine {
        priority: head.priority,
        head,
    }
}

fn head_of(ticket: &Ticket) -> QueueHead {
    QueueHead {
        ticket: ticket.id,
        number: ticket.number,
        class: ticket.queue_class(),
        priority: ticket.priority,
        requester: ticket.requester,
        created_at: ticket.created_at,
    }
}
