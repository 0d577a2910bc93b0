//! The state of triage, for admins: the models, the amount of learned data, and the accuracy of readings.

use super::models::ModelState;
use crate::{
    desk::{DeskError, TriageDesk, authorize::demand_admin, learning::LearnerStatus},
    domain::{access::Actor, models::Budget, triage::Figure},
};

/// The number of batches of events that are processed before the figures are returned; the sweep processes the rest.
const FOLLOWED: usize = 10;

/// The state of triage.
#[derive(Debug, Clone, PartialEq)]
pub struct TriageOverview {
    /// The models in the order in which they are asked; the embedded analyzer comes after them.
    pub models: Vec<ModelState>,
    /// The budget of a day's calls.
    pub budget: Budget,
    /// The amount of data that the embedded analyzer has learned.
    pub learned: LearnerStatus,
    /// The accuracy of readings by month, reader and field.
    pub accuracy: Vec<Figure>,
}

impl TriageDesk<'_> {
    /// Returns the state of triage, including all events until now.
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
