//! Taking back what somebody can't keep.

use crate::{
    desk::{Desk, DeskError, jobs::JobError},
    domain::{
        lifecycle,
        routing::Tier,
        skill::Skill,
        status::Status,
        ticket::Ticket,
        time::Timestamp,
        user::{Availability, User},
    },
};

impl Desk {
    /// Takes back from a person what that person can't keep as things stand.
    pub(super) async fn hand_back_from(
        &self,
        id: crate::domain::id::UserId,
    ) -> Result<(), JobError> {
        for ticket in self.store.held_by(id).await? {
            self.hand_back_if_due(ticket).await?;
        }
        Ok(())
    }

    /// Takes one ticket back if its assignee can't keep it.
    pub(super) async fn hand_back_if_due(&self, ticket: Ticket) -> Result<(), JobError> {
        let Some(assignee) = ticket.assignee() else {
            return Ok(());
        };
        let person = self.store.user(assignee).await?;
        let away_limit = self.settings.away_limit;
        let itself = Self::itself();
        let changed = self.change(&itself, ticket, None, |ticket, now| {
            let keeps = ticket.assignee() != Some(assignee)
                || person
                    .as_ref()
                    .is_some_and(|person| keeps(person, ticket, now, away_limit));
            Ok((!keeps).then(|| lifecycle::hand_back(ticket, false, now)))
        });
        match changed.await {
            Ok(_) | Err(DeskError::NotFound) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}

/// Whether a person keeps a ticket. Somebody who is not active staff keeps nothing. Somebody offline, away for
/// too long or without a needed skill keeps what was begun, and what a human gave on purpose.
fn keeps(
    person: &User,
    ticket: &Ticket,
    now: Timestamp,
    away_limit: crate::domain::time::Span,
) -> bool {
    if !person.is_active_staff() {
        return matches!(ticket.status, Status::Resolved | Status::Closed);
    }
    let Some(assignment) = &ticket.assignment else {
        return true;
    };
    if assignment.by_human || ticket.status != Status::Open {
        return true;
    }
    let present = match person.availability {
        Availability::Online => true,
        Availability::Away => now < person.available_since + away_limit,
        Availability::Offline => false,
    };
    let has = |skill: &Skill| Skill::has(&person.skills, &skill.id);
    let qualified = match assignment.tier {
        Some(Tier::Full) => ticket.required_skills.iter().all(has),
        Some(Tier::Partial) => ticket.required_skills.iter().any(has),
        Some(Tier::Admins) | None => true,
    };
    present && qualified
}
