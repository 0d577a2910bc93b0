//! A member of staff as the router sees them, and what a ticket needs of one.

use std::collections::HashSet;

use crate::domain::{
    id::UserId, presence::Presence, priority::Priority, skill::Skill, time::Timestamp, user::Role,
};

/// A member of staff. Only active staff is routed to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Staff {
    /// The person.
    pub id: UserId,
    /// Moderators are chosen by skills, admins when skills don't help.
    pub role: Role,
    /// What the person can do, and how well.
    pub skills: Vec<Skill>,
    /// How many open tickets the person takes.
    pub capacity: u32,
    /// How many seats the person's tickets hold now.
    pub active: u32,
    /// Whether the person takes work now. Absent people count as somebody who covers a skill all the same.
    pub presence: Presence,
    /// When the person's shift ends, as far as that is known.
    pub shift_ends: Option<Timestamp>,
    /// The place among all events of the one that last gave the person a ticket; 0: none did.
    pub last_assignment: u64,
}

/// Returns the skills of some users, each once and without a level. The users come in the order of their ids: a skill has
/// the name that the oldest account gives it.
pub fn staff_skills<'a>(users: impl IntoIterator<Item = &'a Vec<Skill>>) -> Vec<Skill> {
    let mut known = HashSet::new();
    users
        .into_iter()
        .flatten()
        .filter(|skill| known.insert(skill.id.as_str()))
        .map(|skill| skill.clone().at(None))
        .collect()
}

/// What a ticket needs.
#[derive(Debug, Clone, Copy)]
pub struct Needs<'a> {
    /// The required skills, with the least level where one is asked for.
    pub skills: &'a [Skill],
    /// Who asks: passed over while there is anybody else.
    pub requester: UserId,
    /// Who gave it back: passed over likewise.
    pub declined_by: &'a [UserId],
    /// Who had the requester's last ticket, for policies that send people to whom they know.
    pub previous: Option<UserId>,
    /// Now, for policies that look at how long a shift still lasts.
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
    /// Whether a person is passed over for this ticket.
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
