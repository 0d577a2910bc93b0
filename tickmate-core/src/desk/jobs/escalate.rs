//! What waited for long rises by a priority, where the policy says so.

use crate::{
    desk::{Desk, jobs::JobError},
    domain::{lifecycle, priority::Priority, ticket::Ticket, time::Timestamp},
};

/// How many tickets one sweep raises at most; the next one goes on.
const MAX_RAISED: usize = 200;

impl Desk {
    /// Raises tickets in the queue that are old enough.
    pub(super) async fn escalate(&self, now: Timestamp) -> Result<(), JobError> {
        let rules = self.rules().await?;
        let policy = rules.policy();
        if policy.escalate_after.is_off() {
            return Ok(());
        }
        let mut raised = 0;
        for head in self.store.queue_heads().await? {
            let mut next = Some(head);
            while let Some(head) = next {
                let due = |priority: Priority, written| {
                    let to = policy.escalated(priority, written, now);
                    Some(to).filter(|to| *to != priority)
                };
                // A line is sorted by age: what comes after the first that is too young is younger still.
                if raised >= MAX_RAISED || due(head.priority, head.created_at).is_none() {
                    break;
                }
                next = self.store.queue_next(&head).await?;
                let Some(ticket) = self.store.ticket(head.ticket).await? else {
                    continue;
                };
                raised += 1;
                let itself = Self::itself();
                let step = |ticket: &Ticket, now| {
                    let waits = ticket.is_assignable() && ticket.queued.is_some();
                    let to = due(ticket.priority, ticket.created_at).filter(|_| waits);
                    Ok(to.map(|to| lifecycle::escalate(ticket, to, now)))
                };
                self.change(&itself, ticket, None, step).await?;
            }
        }
        Ok(())
    }
}
