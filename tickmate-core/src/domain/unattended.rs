//! Unattended tickets: those whose assignee is absent or not active staff.

use super::{
    presence::{self, Presence},
    status::Status,
    ticket::Ticket,
    time::{Span, Timestamp},
    user::User,
};

/// Which of the unfinished tickets of an assignee may stay with this user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keeps {
    /// All of them.
    Everything,
    /// Tickets that were begun, and those that a human assigned.
    Bound,
    /// None of them.
    Nothing,
}

impl Keeps {
    /// Returns what this user keeps; `None` stands for a user who does not exist.
    ///
    /// A user who is not active staff keeps nothing. Staff who have been absent for `away_limit` keep what is bound; without
    /// a limit, absence unassigns no ticket.
    pub fn of(assignee: Option<&User>, now: Timestamp, away_limit: Option<Span>) -> Self {
        match (assignee, away_limit) {
            (Some(user), _) if !user.is_active_staff() => Self::Nothing,
            (None, _) => Self::Nothing,
            (Some(user), Some(limit)) if is_absent(user, now, limit) => Self::Bound,
            (Some(_), _) => Self::Everything,
        }
    }
}

/// Returns whether a ticket must be unassigned from an assignee who keeps this.
pub fn is_unattended(ticket: &Ticket, keeps: Keeps) -> bool {
    let is_over = matches!(ticket.status, Status::Resolved | Status::Closed);
    if ticket.assignment.is_none() || ticket.deleted_at.is_some() || is_over {
        return false;
    }
    match keeps {
        Keeps::Everything => false,
        Keeps::Bound => !is_bound(ticket),
        Keeps::Nothing => true,
    }
}

/// Returns whether a ticket stays with its assignee during an absence: it was begun, or a human assigned it.
pub fn is_bound(ticket: &Ticket) -> bool {
    ticket.status != Status::Open || is_assigned_by_human(ticket)
}

/// Returns whether a human assigned a ticket. A ticket without an assignment counts as well.
pub fn is_assigned_by_human(ticket: &Ticket) -> bool {
    ticket
        .assignment
        .as_ref()
        .is_none_or(|assignment| assignment.by_human)
}

/// Returns whether a user has not accepted work for at least `away_limit`. A user who is offline is absent at once.
pub fn is_absent(user: &User, now: Timestamp, away_limit: Span) -> bool {
    let presence = user.presence();
    let since = match presence {
        Presence::OffShift => user.shift.since,
        Presence::Present | Presence::Away | Presence::Offline => user.available_since,
    };
    presence::is_absent(presence, since, now, away_limit)
}
