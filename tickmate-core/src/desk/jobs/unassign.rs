//! Unassigns tickets that their assignees can't keep.

use crate::{
    desk::{Desk, DeskError, jobs::JobError, routing::Rules},
    domain::{
        decision::{Cause, Decision, Tier},
        id::UserId,
        lifecycle,
        routing::hand_over_order,
        ticket::Ticket,
        time::Span,
        unattended::{Keeps, is_absent, is_assigned_by_human, is_bound, is_unattended},
        user::User,
    },
};

impl Desk {
    /// Unassigns the tickets that a user can't keep, or hands them over if the policy moves tickets of absent users
    /// only to users who can take them immediately. All unassigned tickets are offered together, so that the most
    /// urgent ones go first; the jobs that follow from their events add the remaining ones to the backlog.
    pub(super) async fn requeue_unattended(&self, id: UserId) -> Result<(), JobError> {
        let mut free = Vec::new();
        for ticket in self.store.held_by(id).await? {
            free.extend(self.requeue_if_unattended(ticket).await?);
        }
        if !free.is_empty() {
            self.dispatch_backlog(&free).await?;
        }
        match self.rules().await?.policy().hand_over {
            true => self.hand_over_from(id).await,
            false => Ok(()),
        }
    }

    /// Unassigns one ticket if its assignee can't keep it. Returns the ticket if it was unassigned and may be assigned
    /// to others.
    pub(super) async fn requeue_if_unattended(
        &self,
        ticket: Ticket,
    ) -> Result<Option<Ticket>, JobError> {
        let Some(assignee) = ticket.assignee() else {
            return Ok(None);
        };
        let person = self.store.user(assignee).await?;
        let rules = self.rules().await?;
        let away_limit = self.away_limit(&rules);
        self.refresh_index_for_job().await?;
        let changed = self.change_by_itself(ticket, |ticket, now| {
            if ticket.assignee() != Some(assignee) {
                return Ok(None);
            }
            let keeps = Keeps::of(person.as_ref(), now, away_limit);
            let leaves = is_unattended(ticket, keeps)
                || (!is_bound(ticket) && !self.is_qualified(&rules, assignee, ticket)?);
            Ok(leaves.then(|| lifecycle::unassign(ticket, false, now)))
        });
        match changed.await {
            Ok(ticket) => {
                let is_free = ticket.is_assignable() && ticket.triage.is_some();
                Ok(Some(ticket).filter(|_| is_free))
            }
            Err(DeskError::NotFound) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Moves each ticket of an absent user, including started ones, to a user who can take it immediately.
    pub(super) async fn hand_over_from(&self, id: UserId) -> Result<(), JobError> {
        self.refresh_index_for_job().await?;
        let person = self.store.user(id).await?.filter(User::is_active_staff);
        let now = self.now();
        if person.is_none_or(|person| !is_absent(&person, now, self.settings.away_limit)) {
            return Ok(());
        }
        let mut tickets = self.store.held_by(id).await?;
        tickets.retain(|ticket| ticket.holds_seat() && !is_assigned_by_human(ticket));
        tickets.sort_by_key(|ticket| hand_over_order(ticket.priority, ticket.number));
        for ticket in tickets {
            if let Decision::Assign(choice) = self.decide(&ticket).await? {
                // If the claim conflicts, the next sweep tries again.
                self.try_assign(&ticket, &choice.because(Cause::HandOver))
                    .await?;
            }
        }
        Ok(())
    }

    /// Returns the length of an absence after which unstarted tickets are unassigned; `None` if the policy hands them
    /// over one by one instead.
    pub(super) fn away_limit(&self, rules: &Rules) -> Option<Span> {
        (!rules.policy().hand_over).then_some(self.settings.away_limit)
    }

    fn is_qualified(
        &self,
        rules: &Rules,
        person: UserId,
        ticket: &Ticket,
    ) -> Result<bool, DeskError> {
        let tier = ticket
            .assignment
            .as_ref()
            .and_then(|assignment| assignment.tier);
        match tier {
            Some(tier @ (Tier::Full | Tier::Partial)) => {
                let needed = rules.needed_skills(&ticket.required_skills);
                self.ask_index(|index| index.still_fits(person, &needed, tier))
            }
            Some(Tier::Admins) | None => Ok(true),
        }
    }
}
