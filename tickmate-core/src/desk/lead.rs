//! The lead among the processes of one desk. What the leader does is safe to be done by several, so that correctness does
//! not depend on it: the lead spares the others the work.

use super::{DeskError, Jobs};
use crate::domain::{id::LeaseId, lead::Lead, time::Span};

/// The name of the value that holds the lead.
const LEAD: &str = "lead";

impl Jobs<'_> {
    /// Takes the lead for so long, or renews it, unless another process has it. Returns whether this process leads.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn lead(self, process: LeaseId, duration: Span) -> Result<bool, DeskError> {
        let now = self.desk.now();
        let stored = self.desk.store.value(LEAD).await?;
        let present = stored.as_deref().and_then(Lead::parse);
        if present.is_some_and(|lead| lead.holder != process && !lead.is_free(now)) {
            return Ok(false);
        }
        let next = Lead::new(process, now, duration).to_string();
        let taken = self
            .desk
            .store
            .replace_value(LEAD, stored.as_deref(), &next);
        Ok(taken.await?)
    }

    /// Gives the lead back, if this process has it.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn stop_leading(self, process: LeaseId) -> Result<(), DeskError> {
        let stored = self.desk.store.value(LEAD).await?;
        let present = stored.as_deref().and_then(Lead::parse);
        if present.is_some_and(|lead| lead.holder == process) {
            let ended = Lead::new(process, self.desk.now(), Span::zero()).to_string();
            self.desk
                .store
                .replace_value(LEAD, stored.as_deref(), &ended)
                .await?;
        }
        Ok(())
    }
}
