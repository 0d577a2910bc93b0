//! A member of staff as the router sees them, and the needs of a ticket.

use std::collections::HashSet;

use crate::domain::{
    id::UserId, presence::Presence, priority::Priority, skill::Skill, time::Timestamp, user::Role,
};

/// A member of staff. Only active accounts are routed to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Staff {
    /// The user's id.
    pub id: UserId,
    /// Moderators are chosen by skills, admins when no moderator fits.
    pub role: Role,
    /// The user's skills and their levels.
    pub skills: Vec<Skill>,
    /// The maximum number of open tickets.
    pub capacity: u32,
    /// The number of seats that are taken now.
    pub active: u32,
    /// Whether the user takes work now. Absent users still count as covering their skills.
    pub presence: Presence,
    /// When the user's shift ends, if known.
    pub shift_ends: Option<Timestamp>,
    /// The sequence number of the event of the last assignment; 0: none.
    pub last_assignment: u64,
}

/// Returns the distinct skills of some users, without levels. The users come in the order of their ids: a skill has
/// the name that the oldest account gives it.
pub fn staff_skills<'a>(users: impl IntoIterator<Item = &'a Vec<Skill>>) -> Vec<Skill> {
    let mut seen_ids = HashSet::new();
    users
        .into_iter()
        .flatten()
        .filter(|skill| seen_ids.insert(skill.id.as_str()))
        .map(|skill| skill.clone().at(None))
        .collect()
}

/// What a ticket needs of its assignee.
#[derive(Debug, Clone, Copy)]
pub struct Needs<'a> {
    /// The required skills, with the minimum level where one is required.
    pub skills: &'a [Skill],
    /// The requester: skipped while anybody else fits.
    pub requester: UserId,
    /// The users who declined the ticket, who are skipped in the same way.
    pub declined_by: &'a [UserId],
    /// The assignee of the requester's last ticket, for sticky policies.
    pub previous: Option<UserId>,
    /// The current time, for policies with a minimum remaining shift.
    pub now: Timestamp,
}

/// A ticket that needs an assignee.
#[derive(Debug, Clone, Copy)]
pub struct AssigneeRequest<'a> {
    /// What the ticket needs.
    pub needs: Needs<'a>,
    /// The ticket's priority.
    pub priority: Priority,
    /// When the ticket was created.
    pub created_at: Timestamp,
}

impl Needs<'_> {
    /// Returns whether a user is skipped for this ticket.
    pub fn excludes(&self, person: UserId) -> bool {
        person == self.requester || self.declined_by.contains(&person)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::skill::Level;

    fn skills(of_user: &[(&str, &str)]) -> Vec<Skill> {
        let expert = |(id, name): &(&str, &str)| Skill::new(*id, *name).at(Some(Level::Expert));
        of_user.iter().map(expert).collect()
    }

    #[test]
    fn each_skill_of_the_staff_comes_once_as_the_oldest_account_names_it() {
        let users = [
            skills(&[("x:größe", "Größe"), ("a", "A")]),
            skills(&[("b", "B"), ("x:größe", "GRÖSSE")]),
            Vec::new(),
        ];
        let expected = [("x:größe", "Größe"), ("a", "A"), ("b", "B")];
        let expected = expected.map(|(id, name)| Skill::new(id, name));
        assert_eq!(
            format!("{:?}", staff_skills(&users)),
            format!("{expected:?}")
        );
        assert!(staff_skills(&Vec::<Vec<Skill>>::new()).is_empty());
    }
}
