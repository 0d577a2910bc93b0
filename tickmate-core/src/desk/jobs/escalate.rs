//! Escalation: raises the priority of tickets that stay in the backlog for long, if the policy says so.

use crate::{
    desk::{Desk, jobs::JobError},
    domain::{lifecycle, priority::Priority, ticket::Ticket, time::Timestamp},
};

/// The most tickets that one sweep escalates; the next sweep continues.
const MAX_ESCALATED: usize = 200;
/// The most tickets that one sweep examines.
const MAX_EXAMINED: usize = 2_000;

impl Desk {
    /// Escalates the tickets of the backlog that are old enough.
    pub(super) async fn escalate(&self, now: Timestamp) -> Result<(), JobError> {
        let rules = self.rules().await?;
        let policy = rules.policy();
        if policy.escalate_after.is_off() {
            return Ok(());
        }
        let escalated = |priority: Priority, since| {
            let to = policy.escalated(priority, since, now);
            Some(to).filter(|to| *to != priority)
        };
        // Each period raises a ticket by one priority; a priority that a user set is not changed.
        let next_priority = |ticket: &Ticket| {
            let may_rise = ticket.is_in_backlog() && !ticket.set_by_human.priority;
            let since = ticket.escalated_at.unwrap_or(ticket.created_at);
            escalated(ticket.priority, since).filter(|_| may_rise)
        };
        let (mut escalations, mut examined) = (0, 0);
        for head in self.store.backlog_heads().await? {
            let mut next = Some(head);
            while let Some(head) = next {
                // A lane is sorted by age: the tickets after the first one that is too young are younger still.
                if escalations >= MAX_ESCALATED
                    || examined >= MAX_EXAMINED
                    || escalated(head.priority, head.created_at).is_none()
                {
                    break;
                }
                examined += 1;
                next = self.store.backlog_next(&head).await?;
                let Some(ticket) = self.readable_ticket(head.ticket).await? else {
                    continue;
                };
                if next_priority(&ticket).is_none() {
                    continue;
                }
                escalations += 1;
                let id = ticket.id;
                let step = |ticket: &Ticket, now| {
                    let to = next_priority(ticket);
                    Ok(to.map(|to| lifecycle::escalate(ticket, to, now)))
                };
                if let Err(error) = self.change_by_itself(ticket, step).await {
                    tracing::warn!(ticket.id = %id, error = %error, "a ticket could not be escalated");
                }
            }
        }
        Ok(())
    }
}
