//! Access control: one pure table. Every use case consults it with the loaded ticket.

#[cfg(test)]
mod tests;

use super::{
    facts::RequiredSkills,
    id::UserId,
    skill::Vocabulary,
    status::Status,
    ticket::Ticket,
    user::{Role, User},
};

/// Who acts: a user, or the desk itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    kind: ActorKind,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum ActorKind {
    User {
        id: UserId,
        role: Role,
        skills: Vec<String>,
    },
    System,
}

impl Actor {
    /// Creates the actor of a user, with the role and the skills that are stored now.
    pub fn person(user: &User) -> Self {
        let skills = user.skills.iter().map(|skill| skill.id.clone()).collect();
        Self {
            kind: ActorKind::User {
                id: user.id,
                role: user.role,
                skills,
            },
        }
    }

    /// Adds the skills that the actor's skills imply: a user who can do PostgreSQL can do SQL.
    #[must_use]
    pub fn with_implied(mut self, vocabulary: &Vocabulary) -> Self {
        if let ActorKind::User { skills, .. } = &mut self.kind {
            let implied: Vec<String> = skills
                .iter()
                .flat_map(|id| vocabulary.ancestors(id))
                .cloned()
                .collect();
            skills.extend(implied);
            skills.sort_unstable();
            skills.dedup();
        }
        self
    }

    /// Creates the actor of the desk itself. Only the desk's own jobs use it.
    pub(crate) const fn system() -> Self {
        Self {
            kind: ActorKind::System,
        }
    }

    /// Returns the id of the acting user; none for the desk itself.
    pub const fn id(&self) -> Option<UserId> {
        match self.kind {
            ActorKind::User { id, .. } => Some(id),
            ActorKind::System => None,
        }
    }

    /// Returns whether the actor is staff.
    pub fn is_staff(&self) -> bool {
        self.role().is_none_or(Role::is_staff)
    }

    /// Returns whether the actor is an admin.
    pub fn is_admin(&self) -> bool {
        self.role().is_none_or(|role| role == Role::Admin)
    }

    /// Returns the ids of the actor's skills.
    pub fn skills(&self) -> &[String] {
        match &self.kind {
            ActorKind::User { skills, .. } => skills,
            ActorKind::System => &[],
        }
    }

    /// Returns the role of the acting user; none for the desk itself.
    pub const fn role(&self) -> Option<Role> {
        match self.kind {
            ActorKind::User { role, .. } => Some(role),
            ActorKind::System => None,
        }
    }
}

/// An operation on a ticket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operation {
    /// See the ticket, its public replies and its history.
    Read,
    /// See internal notes, the analysis and the reasons of the routing.
    ReadInternal,
    /// Change title, description, category, kind or deadline.
    EditText,
    /// Change priority or required skills.
    EditTriage,
    /// Change the status.
    SetStatus(Status),
    /// Write a reply that is visible to the requester.
    ReplyPublic,
    /// Write a reply that is visible to staff only.
    ReplyInternal,
    /// Take the ticket from the backlog.
    Take,
    /// Return the ticket to the router.
    Unassign,
    /// Assign the ticket to a user.
    Assign,
    /// Delete the ticket.
    Delete,
    /// Restore the deleted ticket.
    Restore,
}

/// The result of an access check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// The operation is allowed.
    Allowed,
    /// The actor sees the ticket, but may not do this.
    Forbidden,
    /// For this actor the ticket does not exist.
    Hidden,
}

/// The relation of a user to a ticket.
#[derive(Debug, Clone, Copy)]
struct Relation {
    is_requester: bool,
    /// The ticket is assigned to the user, or it is in the backlog and the user qualifies for it.
    can_work: bool,
    is_assignee: bool,
    is_admin: bool,
}

/// Decides whether the actor may do this with the ticket. Operations that no rule allows are forbidden.
pub fn decide(actor: &Actor, operation: Operation, ticket: &Ticket) -> Access {
    let Some(relation) = relation(actor, ticket) else {
        return Access::Allowed;
    };
    let is_visible = relation.is_requester || relation.can_work || relation.is_admin;
    let is_hidden_by_deletion = ticket.deleted_at.is_some() && !relation.is_admin;
    if !is_visible || is_hidden_by_deletion {
        return Access::Hidden;
    }
    match is_permitted(relation, operation, ticket) {
        true => Access::Allowed,
        false => Access::Forbidden,
    }
}

fn relation(actor: &Actor, ticket: &Ticket) -> Option<Relation> {
    let ActorKind::User { id, role, skills } = &actor.kind else {
        return None;
    };
    let is_staff = role.is_staff();
    let is_assignee = is_staff && ticket.assignee() == Some(*id);
    let is_offered = *role == Role::Moderator
        && ticket.is_assignable()
        && qualifies(skills, &RequiredSkills::of(&ticket.required_skills));
    Some(Relation {
        is_requester: ticket.requester == *id,
        can_work: is_assignee || is_offered,
        is_assignee,
        is_admin: *role == Role::Admin,
    })
}

/// Returns whether a moderator with these skills qualifies for a ticket of the backlog: the ticket asks for at least one
/// skill ([`RequiredSkills::asked`]), and the moderator has all of them.
pub fn qualifies(skills: &[String], required: &RequiredSkills) -> bool {
    has_all(skills, required.asked())
}

/// Returns whether at least one skill is required and `skills` contains all of them.
pub fn has_all(skills: &[String], required: &[String]) -> bool {
    !required.is_empty() && required.iter().all(|id| skills.contains(id))
}

fn is_permitted(relation: Relation, operation: Operation, ticket: &Ticket) -> bool {
    let Relation {
        is_requester,
        can_work,
        is_assignee,
        is_admin,
    } = relation;
    match operation {
        Operation::Read => true,
        Operation::ReadInternal | Operation::EditTriage | Operation::ReplyInternal => {
            can_work || is_admin
        }
        Operation::EditText => {
            (is_requester && !matches!(ticket.status, Status::Resolved | Status::Closed))
                || is_admin
        }
        Operation::SetStatus(to) => {
            can_work || is_admin || (is_requester && is_requester_step(ticket.status, to))
        }
        Operation::ReplyPublic => is_requester || can_work || is_admin,
        Operation::Take => can_work || is_admin,
        Operation::Unassign => is_assignee || is_admin,
        Operation::Assign | Operation::Restore => is_admin,
        Operation::Delete => {
            is_admin
                || (is_requester && ticket.status == Status::Open && ticket.assignment.is_none())
        }
    }
}

/// Returns whether a requester may take this step: to resolve the ticket, and to reopen a resolved one.
const fn is_requester_step(from: Status, to: Status) -> bool {
    matches!(
        (from, to),
        (
            Status::Open | Status::InProgress | Status::Waiting | Status::Resolved,
            Status::Resolved
        ) | (Status::Resolved | Status::Open, Status::Open)
            | (Status::InProgress, Status::InProgress)
            | (Status::Waiting, Status::Waiting)
            | (Status::Closed, Status::Closed)
    )
}
