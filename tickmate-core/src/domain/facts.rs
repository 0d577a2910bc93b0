//! Facts of tickets and users: derived values that are computed here once, so that stores only index them.

#[cfg(test)]
mod tests;
mod user;

pub use user::UserFacts;

use super::{query::deadline_key, skill::Skill, ticket::Ticket};

/// The derived values of a ticket that stores index. They are written together with the ticket.
///
/// A store computes the facts of the ticket when it writes it (with its number, its seat and its version), and answers
/// every list by them. No query repeats the rule behind a fact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TicketFacts {
    /// The lane of the backlog in which the ticket waits ([`Ticket::backlog_lane`]); none if it is not in the backlog.
    pub backlog_lane: Option<String>,
    /// [`Ticket::is_triaged`].
    pub is_triaged: bool,
    /// [`Ticket::is_held`].
    pub is_held: bool,
    /// [`Ticket::is_unbegun`].
    pub is_unbegun: bool,
    /// The sort key of the priority: 0 (low) to 3 (urgent).
    pub priority_rank: u8,
    /// The sort key of the deadline: microseconds since 1970, `i64::MAX` without a deadline.
    pub deadline_key: i64,
    /// The skills that the ticket requires.
    pub skills: RequiredSkills,
}

/// The ids of the skills that a ticket requires, each once, in the order of the ids.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RequiredSkills {
    /// The skills that the dictionary has.
    pub known: Vec<String>,
    /// The skills that the dictionary does not have. It is possible that no user has them.
    pub unknown: Vec<String>,
}

impl RequiredSkills {
    /// Splits these skills into known and unknown ones.
    pub fn of(skills: &[Skill]) -> Self {
        let mut ids = Self::default();
        for skill in skills {
            let list = match skill.is_unknown() {
                true => &mut ids.unknown,
                false => &mut ids.known,
            };
            list.push(skill.id.clone());
        }
        for list in [&mut ids.known, &mut ids.unknown] {
            list.sort_unstable();
            list.dedup();
        }
        ids
    }

    /// Returns the skills that a moderator must have, all of them, to see the ticket in the backlog and to take it: the known
    /// ones, or the unknown ones if none is known. Without a required skill no moderator qualifies.
    pub fn asked(&self) -> &[String] {
        match self.known.is_empty() {
            true => &self.unknown,
            false => &self.known,
        }
    }

    /// Returns every skill, and whether it is one of [`RequiredSkills::asked`].
    pub fn iter(&self) -> impl Iterator<Item = (&str, bool)> {
        let unknown_is_asked = self.known.is_empty();
        let known = self.known.iter().map(|id| (id.as_str(), true));
        let unknown = self.unknown.iter();
        known.chain(unknown.map(move |id| (id.as_str(), unknown_is_asked)))
    }
}

impl Ticket {
    /// Returns the values of this ticket that stores index.
    pub fn facts(&self) -> TicketFacts {
        TicketFacts {
            backlog_lane: self.is_in_backlog().then(|| self.backlog_lane()),
            is_triaged: self.is_triaged(),
            is_held: self.is_held(),
            is_unbegun: self.is_unbegun(),
            priority_rank: self.priority.rank(),
            deadline_key: deadline_key(self.deadline),
            skills: RequiredSkills::of(&self.required_skills),
        }
    }
}
