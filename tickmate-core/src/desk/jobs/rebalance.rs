//! Somebody idle takes over what a busy colleague has not begun, where the policy says so.

use std::{cmp::Reverse, collections::BTreeSet};

use crate::{
    desk::{Desk, jobs::JobError, routing::Rules, writes::MAX_TRIES},
    domain::{
        decision::Cause,
        id::{TicketId, UserId},
        query::Unbegun,
        routing::{Index, Needs},
        status::Status,
        ticket::{Ticket, lane_skills},
        time::Timestamp,
    },
};

/// Among how many tickets that nobody began one is looked for: those that press most and are oldest.
const LOOKED_AT: u32 = 1_000;

impl Desk {
    /// Lets a person who has nothing to do take the ticket that nobody began and that presses most, of the colleague
    /// with the most, each ticket once at most.
    pub(super) async fn rebalance(&self, person: UserId) -> Result<(), JobError> {
        let rules = self.rules().await?;
        if !rules.policy().rebalance {
            return Ok(());
        }
        let mut passed_over: BTreeSet<TicketId> = BTreeSet::new();
        for _ in 0..MAX_TRIES {
            self.refresh_index().await?;
            if !self.ask_index(|index| index.is_idle(person))? {
                return Ok(());
            }
            let mut unbegun = self.store.unbegun(LOOKED_AT).await?;
            unbegun.retain(|one| !passed_over.contains(&one.ticket));
            let now = self.now();
            let Some(best) =
                self.ask_index(|index| best_for(index, &rules, person, unbegun, now))?
            else {
                return Ok(());
            };
            let Some(ticket) = self.readable_ticket(best.ticket).await? else {
                passed_over.insert(best.ticket);
                continue;
            };
            if ticket.assignee() != Some(best.assignee) || !is_movable(&ticket) {
                continue;
            }
            let needed = rules.needed(&ticket.required_skills);
            let needs = Needs {
                skills: &needed,
                requester: ticket.requester,
                declined_by: &ticket.declined_by,
                previous: None,
                now,
            };
            let choice =
                self.ask_index(|index| index.choose_person(person, &needs, Cause::Rebalance))?;
            let Some(choice) = choice else {
                // The person asked for it, or gave it back.
                passed_over.insert(best.ticket);
                continue;
            };
            if self.claim(&ticket, &choice).await? {
                return Ok(());
            }
        }
        Ok(())
    }
}

fn best_for(
    index: &mut Index,
    rules: &Rules,
    person: UserId,
    unbegun: Vec<Unbegun>,
    now: Timestamp,
) -> Option<Unbegun> {
    let nobody = UserId::from_uuid(uuid::Uuid::nil());
    let mut best: Option<(_, Unbegun)> = None;
    for one in unbegun {
        let busy = index.active(one.assignee).unwrap_or(0);
        if one.assignee == person || busy < 2 {
            continue;
        }
        let order = (Reverse(one.priority), Reverse(busy), one.number);
        let skills = rules.needed(&lane_skills(&one.lane));
        let needs = Needs {
            skills: &skills,
            requester: nobody,
            declined_by: &[],
            previous: None,
            now,
        };
        if best.as_ref().is_none_or(|(best, _)| order < *best) && index.fits(person, &needs) {
            best = Some((order, one));
        }
    }
    best.map(|(_, one)| one)
}

fn is_movable(ticket: &Ticket) -> bool {
    let by_router = ticket
        .assignment
        .as_ref()
        .is_some_and(|assignment| !assignment.by_human);
    by_router && ticket.status == Status::Open && !ticket.rebalanced
}
