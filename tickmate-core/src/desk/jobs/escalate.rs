//! What waited for long rises by a priority, where the policy says so.

use crate::{
    desk::{Desk, jobs::JobError},
    domain::{lifecycle, priority::Priority, ticket::Ticket, time::Timestamp},
};

/// How many tickets one sweep raises at most; the next one goes on.
const MAX_RAISED: usize = 200;
/// How many it looks at.
const MAX_LOOKED: usize = 2_000;

impl Desk {
    /// Raises tickets in the queue that are old enough.
    pub(super) async fn escalate(&self, now: Timestamp) -> Result<(), JobError> {
        let rules = self.rules().await?;
        let policy = rules.policy();
        if policy.escalate_after.is_off() {
            return Ok(());
        }
        let (mut raised, mut looked) = (0, 0);
        for head in self.store.backlog_heads().await? {
            let mut next = Some(head);
            while let Some(head) = next {
                let due = |priority: Priority, written| {
                    let to = policy.escalated(priority, written, now);
                    Some(to).filter(|to| *to != priority)
                };
                // A line is sorted by age: what comes after the first that is too young is younger still.
                if raised >= MAX_RAISED
                    || looked >= MAX_LOOKED
                    || due(head.priority, head.created_at).is_none()
                {
                    break;
                }
                looked += 1;
                next = self.store.backlog_next(&head).await?;
                let Some(ticket) = self.readable_ticket(head.ticket).await? else {
                    continue;
                };
                // By one priority a period; what a human set stays.
                let to = |ticket: &Ticket| {
                    let waits = ticket.is_in_backlog();
                    let since = ticket.escalated_at.unwrap_or(ticket.created_at);
                    due(ticket.priority, since).filter(|_| waits && !ticket.set_by_human.priority)
                };
                if to(&ticket).is_none() {
                    continue;
                }
                raised += 1;
                let id = ticket.id;
                let step = |ticket: &Ticket, now| {
                    Ok(to(ticket).map(|to| lifecycle::escalate(ticket, to, now)))
                };
                if let Err(error) = self.change_by_itself(ticket, step).await {
                    tracing::warn!(ticket.id = %id, error = %error, "a ticket's priority could not be raised");
                }
            }
        }
        Ok(())
    }
}
