//! Explains where a ticket is and why.

use super::{CandidatesNow, DecisionView, candidates::runner_up};
use crate::{
    desk::{Desk, DeskError, Person, Routing, TicketRef, TicketTarget, tickets::named},
    domain::{
        access::{Actor, Operation},
        decision::QueueReason,
        id::TicketId,
        skill::Skill,
        ticket::{Assignment, Queued, Ticket},
    },
};

/// Explains where a ticket is and why, and lists the current candidates.
#[derive(Debug, Clone, PartialEq)]
pub struct Explanation {
    /// The id of the ticket.
    pub ticket: TicketId,
    /// The number of the ticket.
    pub number: u64,
    /// The explanation as a sentence.
    pub sentence: String,
    /// The required skills.
    pub needed: Vec<Skill>,
    /// The skills that unknown ones probably mean: guesses that are never acted upon.
    pub suggestions: Vec<Skill>,
    /// The last decision of the router; `None` before the first one. A user may have changed the assignment since.
    pub decision: Option<DecisionView>,
    /// The assignee.
    pub assignee: Option<Person>,
    /// How the ticket was assigned.
    pub assignment: Option<Assignment>,
    /// Since when and why the ticket is in the backlog.
    pub queued: Option<Queued>,
    /// The current candidates.
    pub now: CandidatesNow,
}

impl Routing<'_> {
    /// Explains where a ticket is and why.
    ///
    /// # Errors
    /// [`DeskError::NotFound`], also for tickets that the actor may not see; [`DeskError::Forbidden`] for an actor who
    /// does not work on the ticket.
    pub async fn explain(
        self,
        actor: &Actor,
        ticket: impl Into<TicketTarget> + Send,
    ) -> Result<Explanation, DeskError> {
        let ticket = self.desk.visible(actor, ticket.into()).await?;
        ticket.demand(actor, Operation::ReadInternal)?;
        self.desk.explained(ticket.ticket).await
    }

    /// Returns the same on behalf of the operator of the process. The API does not expose this use case.
    ///
    /// # Errors
    /// [`DeskError::NotFound`] for an unknown ticket.
    pub async fn explanation(self, ticket: TicketRef) -> Result<Explanation, DeskError> {
        let ticket = self.desk.visible(&Desk::itself(), ticket.into()).await?;
        self.desk.explained(ticket.ticket).await
    }
}

impl Desk {
    async fn explained(&self, ticket: Ticket) -> Result<Explanation, DeskError> {
        let candidates = self.candidates(&ticket).await?;
        let decided = ticket.decision.clone();
        let named_in_decision = decided.as_ref().and_then(runner_up);
        let ids = candidates
            .ids()
            .chain(ticket.assignee())
            .chain(named_in_decision);
        let people = self.directory(ids.collect()).await?;
        let decision = decided.map(|decided| DecisionView::new(decided, &people));
        let assignee = ticket.assignee().map(|id| named(&people, id));
        let rules = self.rules().await?;
        let unknown = ticket.required_skills.iter();
        let suggestions = unknown.filter_map(|skill| rules.suggested(skill));
        Ok(Explanation {
            ticket: ticket.id,
            number: ticket.number,
            sentence: sentence(&ticket, assignee.as_ref(), decision.as_ref()),
            suggestions: suggestions.collect(),
            needed: ticket.required_skills,
            decision,
            assignee,
            assignment: ticket.assignment,
            queued: ticket.queued,
            now: CandidatesNow::new(candidates, &people),
        })
    }
}

fn sentence(ticket: &Ticket, assignee: Option<&Person>, decision: Option<&DecisionView>) -> String {
    let with_decision = |what: String| match decision {
        Some(decision) => format!("{what}: {}", decision.sentence),
        None => what,
    };
    if ticket.deleted_at.is_some() {
        return "it was put away".to_owned();
    }
    if let (Some(assignment), Some(person)) = (&ticket.assignment, assignee) {
        let name = person.display_name();
        return match assignment.by_human {
            true => format!("{name} has it, by somebody's own choice"),
            false => with_decision(format!("{name} has it")),
        };
    }
    if !ticket.is_assignable() {
        let status = ticket.status.as_str();
        return format!("nobody has it, and nobody is looked for while it is {status}");
    }
    if let Some(queued) = ticket.queued {
        let why = match queued.reason {
            QueueReason::Full => "everybody who could take it is full or absent",
            QueueReason::Nobody => "there is nobody who could take it",
        };
        return with_decision(format!("it waits, because {why}"));
    }
    match ticket.triage.is_some() {
        false => "it was not read yet".to_owned(),
        true => "the router did not look at it yet".to_owned(),
    }
}
