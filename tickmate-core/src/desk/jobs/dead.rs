//! Jobs that died: what admins see of them, and trying one once more.

use crate::{
    desk::{Desk, DeskError, authorize::demand_admin},
    domain::{
        access::Actor,
        job::{DeadJob, DeadPlace, JobKey},
        page::{MAX_LIMIT, Page},
    },
};

impl Desk {
    /// Returns a page of the jobs that died, the newest first: those after this place, or from the first one on.
    ///
    /// # Errors
    /// [`DeskError::Forbidden`] for whoever is not an admin; [`DeskError::Invalid`] for a limit that can't be taken.
    pub async fn dead_jobs(
        &self,
        actor: &Actor,
        after: Option<DeadPlace>,
        limit: u32,
    ) -> Result<Page<DeadJob>, DeskError> {
        demand_admin(actor)?;
        match (1..=MAX_LIMIT).contains(&limit) {
            true => Ok(self.queue.dead(after, limit).await?),
            false => Err(DeskError::field(
                "limit",
                format!("must be 1 to {MAX_LIMIT}"),
            )),
        }
    }

    /// Makes a dead job ready once more. A mail that was rendered is handed over as it was.
    ///
    /// # Errors
    /// [`DeskError::Forbidden`] for whoever is not an admin; [`DeskError::NotFound`] where no such job is dead.
    pub async fn replay_job(&self, actor: &Actor, key: &JobKey) -> Result<(), DeskError> {
        demand_admin(actor)?;
        if !self.queue.replay(key, self.now()).await? {
            return Err(DeskError::NotFound);
        }
        self.committed();
        Ok(())
    }
}
