//! Assigns a ticket to a chosen user, takes it from the backlog, and unassigns it.

use super::{
    super::{
        Desk, DeskError, Tickets,
        authorize::{TicketTarget, VisibleTicket, demand},
        writes::Expected,
    },
    TicketDetail,
};
use crate::domain::{
    access::{Actor, Operation},
    changed_fields::ASSIGNED_TO,
    id::UserId,
    lifecycle,
    seat::SeatBound,
    status::Status,
    ticket::Ticket,
    user::User,
};

/// The target of an assignment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AssignTo {
    /// Assigns the ticket to this user.
    Person {
        /// The user.
        id: UserId,
        /// Whether to assign the ticket even beyond the user's capacity.
        force: bool,
    },
    /// Assigns the ticket to the actor.
    Me,
    /// Assigns the ticket to the user that the router chooses, excluding the current assignee.
    Router,
}

impl AssignTo {
    /// Returns the operation that the actor must be allowed to perform.
    const fn operation(self) -> Operation {
        match self {
            Self::Person { .. } => Operation::Assign,
            Self::Me => Operation::Take,
            Self::Router => Operation::Unassign,
        }
    }
}

impl Tickets<'_> {
    /// Assigns a ticket. It conflicts only with a user's concurrent change of the assignee.
    ///
    /// # Errors
    /// [`DeskError::NotFound`], [`DeskError::Forbidden`], [`DeskError::Invalid`] for a user who is not active staff,
    /// [`DeskError::Stale`], then conflicts: `capacity_full`, `already_assigned`, `not_assigned`, `not_open`.
    pub async fn assign(
        self,
        actor: &Actor,
        ticket: impl Into<TicketTarget> + Send,
        to: AssignTo,
        expected: Option<u64>,
    ) -> Result<TicketDetail, DeskError> {
        let ticket = self.desk.visible_with_replies(actor, ticket.into()).await?;
        // A moderator who names themselves takes the ticket.
        let to = match to {
            AssignTo::Person { id, force: false }
                if actor.id() == Some(id) && !actor.is_admin() =>
            {
                AssignTo::Me
            }
            other => other,
        };
        ticket.demand(actor, to.operation())?;
        let (person, force) = match to {
            AssignTo::Person { id, force } => (Some(id), force),
            AssignTo::Me => (actor.id(), false),
            AssignTo::Router => (None, false),
        };
        let changed = match person {
            None => self.desk.give_up(actor, ticket, expected).await?,
            Some(person) => {
                let person = self.desk.assignable(person).await?;
                self.desk
                    .give(actor, ticket, to, &person, force, expected)
                    .await?
            }
        };
        self.desk.detail(actor, changed).await
    }
}

impl Desk {
    async fn give_up(
        &self,
        actor: &Actor,
        ticket: VisibleTicket,
        expected: Option<u64>,
    ) -> Result<VisibleTicket, DeskError> {
        let touched = |ticket: &Ticket| ticket.assignment.iter().map(|_| ASSIGNED_TO).collect();
        let expected = Expected::new(expected, &touched);
        self.change(actor, ticket, expected, |ticket, now| {
            demand(actor, Operation::Unassign, ticket)?;
            if matches!(ticket.status, Status::Resolved | Status::Closed) {
                return Err(DeskError::conflict("not_open", "the ticket is over"));
            }
            match ticket.assignment {
                Some(_) => Ok(Some(lifecycle::unassign(ticket, true, now))),
                None => Err(DeskError::conflict(
                    "not_assigned",
                    "nobody has this ticket; the router looks for somebody",
                )),
            }
        })
        .await
    }

    async fn give(
        &self,
        actor: &Actor,
        ticket: VisibleTicket,
        to: AssignTo,
        person: &User,
        force: bool,
        expected: Option<u64>,
    ) -> Result<VisibleTicket, DeskError> {
        let bound = if force {
            SeatBound::Unbounded
        } else {
            SeatBound::Room
        };
        let touched = |ticket: &Ticket| match ticket.assignee() == Some(person.id) {
            true => Vec::new(),
            false => vec![ASSIGNED_TO],
        };
        let expected = Expected::new(expected, &touched);
        self.change(actor, ticket, expected, |ticket, now| {
            demand(actor, to.operation(), ticket)?;
            if ticket.assignee() == Some(person.id) {
                return Ok(None);
            }
            if matches!(ticket.status, Status::Resolved | Status::Closed) {
                return Err(DeskError::conflict("not_open", "the ticket is over"));
            }
            if to == AssignTo::Me && ticket.assignment.is_some() && !actor.is_admin() {
                return Err(DeskError::conflict(
                    "already_assigned",
                    "somebody has this ticket already",
                ));
            }
            Ok(Some(lifecycle::assign_by_human(
                ticket, person.id, bound, now,
            )))
        })
        .await
    }

    async fn assignable(&self, id: UserId) -> Result<User, DeskError> {
        let person = self.store.user(id).await?.filter(User::is_active_staff);
        person.ok_or_else(|| DeskError::field("assignee", "must be an active moderator or admin"))
    }
}
