//! The lead among the processes of one desk. Work of the leader is safe to run in several processes, so correctness
//! does not depend on the lead: it only saves the other processes the work.

use super::{DeskError, Jobs};
use crate::domain::{id::LeaseId, lead::Lead, time::Span};

/// The name of the stored value that holds the lead.
const LEAD: &str = "lead";

impl Jobs<'_> {
    /// Acquires the lead for this duration, or renews it, unless another process holds it. Returns whether this process
    /// leads.
    ///
    /// # Errors
    /// Errors of the store.
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

    /// Releases the lead if this process holds it.
    ///
    /// # Errors
    /// Errors of the store.
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
