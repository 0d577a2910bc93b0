//! Facts: what the rules need to know of an event, in types.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::domain::{
    field::Field,
    id::UserId,
    reply::Visibility,
    status::Status,
    ticket::Ticket,
    user::{Role, User},
};

/// What the rules need to know of an event beyond its kind and parties.
///
/// Rules read these facts and never the display values of [`Event::changes`](super::Event::changes). A fact that is absent
/// must lead a rule to the cautious answer: a reply of unknown visibility is mailed to nobody.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct EventFacts {
    /// The user from whom this event took the ticket; none where the assignee stayed the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub previous_assignee: Option<UserId>,
    /// Who may read the reply that was written; set for every reply.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reply_visibility: Option<Visibility>,
    /// The status that the ticket took; none where it stayed the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<Status>,
    /// Whether the skills of the ticket or of the account changed.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub skills_changed: bool,
    /// The fields whose value this event changed or confirmed.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub stated_fields: BTreeSet<Field>,
    /// The role that the account took; none where it stayed the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<Role>,
}

impl EventFacts {
    /// Returns the facts of a ticket's creation.
    pub fn of_new_ticket(ticket: &Ticket) -> Self {
        Self {
            status: Some(ticket.status),
            skills_changed: !ticket.required_skills.is_empty(),
            ..Self::default()
        }
    }

    /// Returns the facts of a ticket's change.
    pub fn of_ticket_change(before: &Ticket, after: &Ticket) -> Self {
        let skills_changed = before.required_skills != after.required_skills;
        let changed_fields = [
            (Field::Category, before.category != after.category),
            (Field::Priority, before.priority != after.priority),
            (Field::Type, before.kind != after.kind),
            (Field::Skill, skills_changed),
        ];
        Self {
            previous_assignee: before
                .assignee()
                .filter(|previous| after.assignee() != Some(*previous)),
            status: (before.status != after.status).then_some(after.status),
            skills_changed,
            stated_fields: changed_fields
                .into_iter()
                .filter_map(|(field, is_changed)| is_changed.then_some(field))
                .collect(),
            ..Self::default()
        }
    }

    /// Returns the facts of an account's creation.
    pub fn of_new_user(user: &User) -> Self {
        Self {
            skills_changed: !user.skills.is_empty(),
            role: Some(user.role),
            ..Self::default()
        }
    }

    /// Returns the facts of an account's change.
    pub fn of_user_change(before: &User, after: &User) -> Self {
        Self {
            skills_changed: before.skills != after.skills,
            role: (before.role != after.role).then_some(after.role),
            ..Self::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn facts_read_back_and_absent_ones_are_left_out() {
        let facts = EventFacts {
            previous_assignee: Some(UserId::new(crate::domain::time::from_micros(0), [1; 10])),
            reply_visibility: Some(Visibility::Internal),
            status: Some(Status::Open),
            skills_changed: true,
            stated_fields: Field::ALL.into_iter().collect(),
            role: Some(Role::Moderator),
        };
        for (facts, is_empty) in [(facts, false), (EventFacts::default(), true)] {
            let text = serde_json::to_string(&facts).unwrap();
            assert_eq!(text == "{}", is_empty, "{text}");
            assert_eq!(serde_json::from_str::<EventFacts>(&text).unwrap(), facts);
        }
    }
}
