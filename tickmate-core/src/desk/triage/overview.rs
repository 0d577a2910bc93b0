//! How triage goes, for admins: which models are asked, how much was learned, and how often readings were right.

use super::models::ModelState;
use crate::{
    desk::{DeskError, TriageDesk, authorize::demand_admin, learning::LearnerStatus},
    domain::{access::Actor, models::Budget, triage::Figure},
};

/// How many batches of events are followed before the figures are shown; the sweep follows the rest.
const FOLLOWED: usize = 10;

/// How triage goes.
#[derive(Debug, Clone, PartialEq)]
pub struct TriageOverview {
    /// The models in the order in which they are asked; after them the embedded analyzer reads.
    pub models: Vec<ModelState>,
    /// What a day's calls may come to.
    pub budget: Budget,
    /// How much the embedded analyzer learned.
    pub learned: LearnerStatus,
    /// How often readings were right, by month, reader and field.
    pub accuracy: Vec<Figure>,
}

impl TriageDesk<'_> {
    /// How triage goes, with all that happened until now.
    ///
    /// # Errors
    /// [`DeskError::Forbidden`] for an actor who is not an admin.
    pub async fn overview(self, actor: &Actor) -> Result<TriageOverview, DeskError> {
        demand_admin(actor)?;
        self.desk.follow_learning_or_log(FOLLOWED).await?;
        let (learned, figures) = self.desk.learned()?;
        Ok(TriageOverview {
            models: self.desk.triage().models(),
            budget: self.desk.settings.models.budget,
            learned,
            accuracy: figures.list(),
        })
    }
}
