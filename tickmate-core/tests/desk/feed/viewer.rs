//! Who listens, and what the documents say that they see.

use tickmate_core::domain::{
    access::Actor, id::UserId, status::Status, ticket::Ticket, user::Role,
};

/// How much of a ticket a listener sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sight {
    Nothing,
    Public,
    All,
}

/// Role and skills of an account.
#[derive(Debug, Clone)]
pub(super) struct Account {
    /// The `seq` of the event that made the account so.
    pub(super) since: u64,
    pub(super) role: Role,
    /// The ids of the skills.
    pub(super) skills: Vec<String>,
}

/// Who listens, as the test made and changed the account.
#[derive(Debug, Clone)]
pub(super) struct Viewer {
    pub(super) actor: Actor,
    pub(super) id: UserId,
    /// What the account was, oldest first.
    pub(super) accounts: Vec<Account>,
}

impl Account {
    pub(super) fn new(since: u64, role: Role, skills: &[&str]) -> Self {
        Self {
            since,
            role,
            skills: skills.iter().map(|skill| skill.to_lowercase()).collect(),
        }
    }
}

impl Viewer {
    pub(super) fn new(actor: &Actor, role: Role, skills: &[&str]) -> Self {
        Self {
            actor: actor.clone(),
            id: actor.id().unwrap(),
            accounts: vec![Account::new(0, role, skills)],
        }
    }

    /// What the account is now.
    pub(super) fn now(&self) -> &Account {
        self.accounts.last().unwrap()
    }

    pub(super) fn role(&self) -> Role {
        self.now().role
    }

    /// How much is seen of a ticket now.
    pub(super) fn sight(&self, ticket: Option<&Ticket>) -> Sight {
        self.sight_as(self.now(), ticket)
    }

    /// How much is seen of a ticket at its best while it stood so: after the event `from`, and until `to`.
    pub(super) fn saw(&self, ticket: &Ticket, from: u64, to: u64) -> bool {
        let until = |index: usize| {
            self.accounts
                .get(index + 1)
                .map_or(u64::MAX, |next| next.since)
        };
        let accounts = self.accounts.iter().enumerate();
        let mut then = accounts.filter(|(index, one)| one.since < to && until(*index) >= from);
        then.any(|(_, account)| self.sight_as(account, Some(ticket)) != Sight::Nothing)
    }

    /// Whether the ticket is seen without regard to skills: the own one, and the one that the account works on.
    pub(super) fn has(&self, ticket: Option<&Ticket>) -> bool {
        let ticket = ticket.filter(|ticket| ticket.deleted_at.is_none());
        let is_staff = self.role() != Role::User;
        ticket.is_some_and(|ticket| {
            ticket.requester == self.id || (is_staff && ticket.assignee() == Some(self.id))
        })
    }

    /// What the documents say of access: admins see all, moderators what they have and the backlog that they qualify for,
    /// requesters their own tickets without what is internal, and deleted tickets are seen by admins alone.
    fn sight_as(&self, account: &Account, ticket: Option<&Ticket>) -> Sight {
        let Some(ticket) = ticket else {
            return Sight::Nothing;
        };
        if account.role == Role::Admin {
            return Sight::All;
        }
        if ticket.deleted_at.is_some() {
            return Sight::Nothing;
        }
        let assignee = ticket.assignment.as_ref().map(|assignment| assignment.to);
        let is_offered = assignee.is_none()
            && [Status::Open, Status::InProgress].contains(&ticket.status)
            && !ticket.required_skills.is_empty()
            && ticket
                .required_skills
                .iter()
                .all(|skill| account.skills.contains(&skill.id));
        if account.role == Role::Moderator && (assignee == Some(self.id) || is_offered) {
            Sight::All
        } else if ticket.requester == self.id {
            Sight::Public
        } else {
            Sight::Nothing
        }
    }
}
