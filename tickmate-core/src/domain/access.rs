//! Who may do what: one pure table, asked by every use case with the ticket as it was loaded.

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

/// Who acts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    who: Who,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Who {
    Person {
        id: UserId,
        role: Role,
        skills: Vec<String>,
    },
    System,
}

impl Actor {
    /// A person, with role and skills as the store has them now.
    pub fn person(user: &User) -> Self {
        let skills = user.skills.iter().map(|skill| skill.id.clone()).collect();
        Self {
            who: Who::Person {
                id: user.id,
                role: user.role,
                skills,
            },
        }
    }

    /// The same person with everything that the skills imply: who can do PostgreSQL can do SQL.
    #[must_use]
    pub fn with_implied(mut self, vocabulary: &Vocabulary) -> Self {
        if let Who::Person { skills, .. } = &mut self.who {
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

    /// The desk itself. Only the desk's own jobs act as this.
    pub(crate) const fn system() -> Self {
        Self { who: Who::System }
    }

    /// Which person acts; none for the desk itself.
    pub const fn id(&self) -> Option<UserId> {
        match self.who {
            Who::Person { id, .. } => Some(id),
            Who::System => None,
        }
    }

    /// Whether the person is staff.
    pub fn is_staff(&self) -> bool {
        self.role().is_none_or(Role::is_staff)
    }

    /// Whether the person is an admin.
    pub fn is_admin(&self) -> bool {
        self.role().is_none_or(|role| role == Role::Admin)
    }

    /// The ids of the person's skills.
    pub fn skills(&self) -> &[String] {
        match &self.who {
            Who::Person { skills, .. } => skills,
            Who::System => &[],
        }
    }

    /// The person's role; none for the desk itself.
    pub const fn role(&self) -> Option<Role> {
        match self.who {
            Who::Person { role, .. } => Some(role),
            Who::System => None,
        }
    }
}

/// What somebody wants to do with a ticket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operation {
    /// See it, its public replies and its history.
    Read,
    /// See internal notes, the analysis and why it was routed where it is.
    ReadInternal,
    /// Change title, description, category, kind or deadline.
    EditText,
    /// Change priority or required skills.
    EditTriage,
    /// Take a step of the status machine.
    SetStatus(Status),
    /// Write a reply that the requester reads.
    ReplyPublic,
    /// Write a reply for staff alone.
    ReplyInternal,
    /// Take it out of the queue.
    Take,
    /// Give it back to the router.
    Unassign,
    /// Give it to somebody.
    Assign,
    /// Put it away.
    Delete,
    /// Fetch it back.
    Restore,
}

/// What the table says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Go on.
    Allowed,
    /// The person sees the ticket, but may not do this.
    Forbidden,
    /// For this person the ticket does not exist.
    Hidden,
}

/// How a person stands to a ticket.
#[derive(Debug, Clone, Copy)]
struct Standing {
    own: bool,
    /// It is assigned to the person, or waits in the queue and the person qualifies for it.
    working: bool,
    assigned: bool,
    admin: bool,
}

/// Whether the actor may do this with the ticket. Deny by default: what is not listed is forbidden.
pub fn decide(actor: &Actor, operation: Operation, ticket: &Ticket) -> Access {
    let Some(standing) = standing(actor, ticket) else {
        return Access::Allowed;
    };
    let visible = standing.own || standing.working || standing.admin;
    let hidden_by_deletion = ticket.deleted_at.is_some() && !standing.admin;
    if !visible || hidden_by_deletion {
        return Access::Hidden;
    }
    match permits(standing, operation, ticket) {
        true => Access::Allowed,
        false => Access::Forbidden,
    }
}

fn standing(actor: &Actor, ticket: &Ticket) -> Option<Standing> {
    let Who::Person { id, role, skills } = &actor.who else {
        return None;
    };
    let staff = role.is_staff();
    let assigned = staff && ticket.assignee() == Some(*id);
    let queued = *role == Role::Moderator
        && ticket.is_assignable()
        && qualifies(skills, &RequiredSkills::of(&ticket.required_skills));
    Some(Standing {
        own: ticket.requester == *id,
        working: assigned || queued,
        assigned,
        admin: *role == Role::Admin,
    })
}

/// Whether a moderator with these skills qualifies for a ticket of the backlog: they have every skill that it asks for
/// ([`RequiredSkills::asked`]), and it asks for one at least.
pub fn qualifies(skills: &[String], required: &RequiredSkills) -> bool {
    has_all(skills, required.asked())
}

/// Whether these skills are all that are asked, where there is at least one.
pub fn has_all(skills: &[String], asked: &[String]) -> bool {
    !asked.is_empty() && asked.iter().all(|id| skills.contains(id))
}

fn permits(standing: Standing, operation: Operation, ticket: &Ticket) -> bool {
    let Standing {
        own,
        working,
        assigned,
        admin,
    } = standing;
    match operation {
        Operation::Read => true,
        Operation::ReadInternal | Operation::EditTriage | Operation::ReplyInternal => {
            working || admin
        }
        Operation::EditText => {
            (own && !matches!(ticket.status, Status::Resolved | Status::Closed)) || admin
        }
        Operation::SetStatus(to) => working || admin || (own && requester_step(ticket.status, to)),
        Operation::ReplyPublic => own || working || admin,
        Operation::Take => working || admin,
        Operation::Unassign => assigned || admin,
        Operation::Assign | Operation::Restore => admin,
        Operation::Delete => {
            admin || (own && ticket.status == Status::Open && ticket.assignment.is_none())
        }
    }
}

/// A requester may say that it is resolved, and that it is not after all.
const fn requester_step(from: Status, to: Status) -> bool {
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
