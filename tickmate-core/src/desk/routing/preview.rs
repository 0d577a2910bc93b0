//! Previews a text: triages and routes it without writing anything.

use super::{CandidatesNow, DecisionView, candidates::runner_up};
use crate::{
    desk::{DeskError, Person, Routing, TicketDraft, authorize::demand_admin, tickets::named},
    domain::{
        access::Actor,
        analysis::Triage,
        decision::{Decision, QueueReason},
        id::UserId,
        priority::Priority,
        skill::Skill,
    },
};

/// The preview of a text.
#[derive(Debug, Clone, PartialEq)]
pub struct Preview {
    /// The analysis of the embedded analyzer.
    pub triage: Triage,
    /// The category that the ticket would get.
    pub category: String,
    /// The priority that the ticket would get.
    pub priority: Priority,
    /// The skills that the ticket would require.
    pub skills: Vec<Skill>,
    /// The user who would be assigned the ticket now.
    pub to: Option<Person>,
    /// The reason why the ticket would stay in the backlog, if no user would be assigned.
    pub waits: Option<QueueReason>,
    /// The decision of the router.
    pub decision: DecisionView,
    /// The current candidates.
    pub now: CandidatesNow,
}

impl Routing<'_> {
    /// Reads a text as a ticket of an unknown requester, and decides who would be assigned it now. No model is asked,
    /// and nothing is written.
    ///
    /// # Errors
    /// [`DeskError::Forbidden`] for an actor who is not an admin; [`DeskError::Invalid`] names `title` or `description`.
    pub async fn preview(
        self,
        actor: &Actor,
        title: &str,
        description: &str,
    ) -> Result<Preview, DeskError> {
        demand_admin(actor)?;
        let draft = TicketDraft {
            title: title.to_owned(),
            description: description.to_owned(),
            ..TicketDraft::default()
        };
        let stranger = UserId::from_uuid(uuid::Uuid::nil());
        let ticket = self.desk.drafted(&draft, stranger).await?;
        let ticket = self.desk.as_read_embedded(&ticket).await?;
        self.desk.refresh_index().await?;
        let decision = self.desk.decide(&ticket).await?;
        let to = decision.to();
        let (waits, why) = match decision {
            Decision::Assign(choice) => (None, choice.why),
            Decision::Wait(hold) => (Some(hold.reason), hold.why),
        };
        let candidates = self.desk.candidates(&ticket).await?;
        let ids = candidates.ids().chain(to).chain(runner_up(&why));
        let people = self.desk.directory(ids.collect()).await?;
        let triage = ticket
            .triage
            .ok_or(DeskError::Internal("a ticket was read and was not"))?;
        Ok(Preview {
            triage,
            category: ticket.category,
            priority: ticket.priority,
            skills: ticket.required_skills,
            to: to.map(|id| named(&people, id)),
            waits,
            decision: DecisionView::new(why, &people),
            now: CandidatesNow::new(candidates, &people),
        })
    }
}
