//! Rebalancing: an idle user takes over a ticket that a busy colleague has not started, if the policy says so.

use std::collections::BTreeSet;

use crate::{
    desk::{Desk, jobs::JobError, routing::Rules, writes::MAX_TRIES},
    domain::{
        decision::Cause,
        id::{TicketId, UserId},
        query::Unbegun,
        routing::{Index, Movable, Needs, choose_takeover},
        ticket::lane_skills,
        time::Timestamp,
    },
};

/// The maximum number of unstarted tickets that are considered: the most urgent and oldest ones.
const MAX_CONSIDERED: u32 = 1_000;

impl Desk {
    /// Moves one ticket to a user without open tickets, see [`choose_takeover`]. Each ticket is moved at most once.
    pub(super) async fn rebalance(&self, person: UserId) -> Result<(), JobError> {
        let rules = self.rules().await?;
        if !rules.policy().rebalance {
            return Ok(());
        }
        let mut skipped: BTreeSet<TicketId> = BTreeSet::new();
        for _ in 0..MAX_TRIES {
            self.refresh_index_for_job().await?;
            if !self.ask_index(|index| index.is_idle(person))? {
                return Ok(());
            }
            let mut unbegun = self.store.unbegun(MAX_CONSIDERED).await?;
            unbegun.retain(|one| !skipped.contains(&one.ticket));
            let now = self.now();
            let Some(best) =
                self.ask_index(|index| best_for(index, &rules, person, unbegun, now))?
            else {
                return Ok(());
            };
            let Some(ticket) = self.readable_ticket(best.ticket).await? else {
                skipped.insert(best.ticket);
                continue;
            };
            if ticket.assignee() != Some(best.assignee) || !ticket.is_unbegun() {
                continue;
            }
            let needed = rules.needed_skills(&ticket.required_skills);
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
                // The user is the ticket's requester, or declined it.
                skipped.insert(best.ticket);
                continue;
            };
            if self.try_assign(&ticket, &choice).await? {
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
    let movable = unbegun.into_iter().map(|one| Movable {
        number: one.number,
        priority: one.priority,
        assignee: one.assignee,
        ticket: one,
    });
    choose_takeover(index, person, movable, |index, one| {
        let needs = Needs {
            skills: &rules.needed_skills(&lane_skills(&one.lane)),
            requester: nobody,
            declined_by: &[],
            previous: None,
            now,
        };
        index.fits(person, &needs)
    })
}
