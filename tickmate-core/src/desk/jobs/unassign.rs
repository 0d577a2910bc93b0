//! Taking back what somebody can't keep.

use crate::{
    desk::{Desk, DeskError, jobs::JobError, routing::Rules},
    domain::{
        decision::{Cause, Decision, Tier},
        id::UserId,
        lifecycle,
        presence::Availability,
        routing::hand_over_order,
        status::Status,
        ticket::Ticket,
        time::{Span, Timestamp},
        user::User,
    },
};

impl Desk {
    /// Takes back from a person what that person can't keep as things stand, or hands it over where the policy says
    /// that absent people's tickets move only to somebody who can take them at once. What is taken back is offered to
    /// others at once, all of it together, so that what presses most goes first; what then still has nobody is queued by
    /// the job that follows from its event.
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

    /// Takes one ticket back if its assignee can't keep it. Answers the ticket if it was and may be given to others.
    pub(super) async fn requeue_if_unattended(
        &self,
        ticket: Ticket,
    ) -> Result<Option<Ticket>, JobError> {
        let Some(assignee) = ticket.assignee() else {
            return Ok(None);
        };
        let person = self.store.user(assignee).await?;
        let rules = self.rules().await?;
        let hand_over = rules.policy().hand_over;
        self.refresh_index().await?;
        let away_limit = self.settings.away_limit;
        let changed = self.change_by_itself(ticket, |ticket, now| {
            let keeps = ticket.assignee() != Some(assignee)
                || match &person {
                    Some(person) if person.is_active_staff() => {
                        let stays = hand_over || is_there(person, now, away_limit);
                        is_bound(ticket)
                            || (stays && self.is_qualified(&rules, assignee, ticket)?)
                    }
                    // Somebody who is not active staff keeps nothing that is not over.
                    _ => matches!(ticket.status, Status::Resolved | Status::Closed),
                };
            Ok((!keeps).then(|| lifecycle::unassign(ticket, false, now)))
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

    /// Moves each ticket of somebody absent, begun ones too, to somebody who can take it at once.
    pub(super) async fn hand_over_from(&self, id: UserId) -> Result<(), JobError> {
        self.refresh_index().await?;
        let person = self.store.user(id).await?.filter(User::is_active_staff);
        let now = self.now();
        if person.is_none_or(|person| is_there(&person, now, self.settings.away_limit)) {
            return Ok(());
        }
        let mut tickets = self.store.held_by(id).await?;
        tickets.retain(|ticket| ticket.holds_seat() && !is_given_by_human(ticket));
        tickets.sort_by_key(|ticket| hand_over_order(ticket.priority, ticket.number));
        for ticket in tickets {
            if let Decision::Assign(choice) = self.decide(&ticket).await? {
                // After a lost race the next sweep tries again.
                self.try_assign(&ticket, &choice.because(Cause::HandOver))
                    .await?;
            }
        }
        Ok(())
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
                let needed = rules.needed(&ticket.required_skills);
                self.ask_index(|index| index.still_fits(person, &needed, tier))
            }
            Some(Tier::Admins) | None => Ok(true),
        }
    }
}

/// Whether a ticket stays with its assignee through absence: it was begun, or a human gave it on purpose.
fn is_bound(ticket: &Ticket) -> bool {
    ticket.status != Status::Open || is_given_by_human(ticket)
}

fn is_given_by_human(ticket: &Ticket) -> bool {
    ticket
        .assignment
        .as_ref()
        .is_none_or(|assignment| assignment.by_human)
}

/// Whether somebody takes work, or has not for a short while only.
fn is_there(person: &User, now: Timestamp, away_limit: Span) -> bool {
    match person.availability {
        Availability::Online => person.shift.on || now < person.shift.since + away_limit,
        Availability::Away => now < person.available_since + away_limit,
        Availability::Offline => false,
    }
}
