//! Event facts: what the rules need to know about an event, as typed values.

use std::collections::BTreeSet;

use serde::{Deserialize, Deserializer, Serialize, de::DeserializeOwned};
use serde_json::Value;

use crate::domain::{
    desk_rules::RulesKind, field::Field, id::UserId, reply::Visibility, status::Status, user::Role,
};

/// What the rules need to know about an event beyond its kind and parties.
///
/// Rules read these facts and never the display values of [`Event::changes`](super::Event::changes). If a fact is absent,
/// a rule must be cautious: a reply of unknown visibility is mailed to no user. A value of a newer version counts as an
/// absent fact, so that its event can still be read.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct EventFacts {
    /// The user from whom this event took the ticket; none if the assignee stayed the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub previous_assignee: Option<UserId>,
    /// Who may read the reply that was written; set for every reply.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "known")]
    pub reply_visibility: Option<Visibility>,
    /// The skills by which moderators saw the unassigned ticket before this event; empty if the event did not change them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub offered_before: Vec<String>,
    /// The skills by which moderators see the unassigned ticket since this event; empty if the event did not change them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub offered_after: Vec<String>,
    /// The new status of the ticket; none if it stayed the same.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "known")]
    pub status: Option<Status>,
    /// Whether the skills of the ticket or of the account changed.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub skills_changed: bool,
    /// Whether this event changed a field of the ticket that users set. A review without this fact is visible to staff only.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub fields_changed: bool,
    /// The fields whose value this event changed or confirmed.
    #[serde(
        skip_serializing_if = "BTreeSet::is_empty",
        deserialize_with = "each_known"
    )]
    pub stated_fields: BTreeSet<Field>,
    /// The new role of the account; none if it stayed the same.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "known")]
    pub role: Option<Role>,
    /// Whether the account is active since this event; none if that stayed the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_active: Option<bool>,
    /// The rules of the desk that changed.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "known")]
    pub rules: Option<RulesKind>,
    /// Whether the ticket was deleted before this event.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub was_deleted: bool,
    /// Whether this event is the creation of an imported ticket or its first triage: its jobs are in the bulk class.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub is_imported: bool,
    /// Whether the changed rules must be applied to existing users and tickets.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub must_reapply: bool,
}

impl EventFacts {
    /// Creates the facts of a change of these rules.
    pub fn of_rules(kind: RulesKind) -> Self {
        Self {
            rules: Some(kind),
            ..Self::default()
        }
    }
}

fn known<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: DeserializeOwned,
{
    Ok(serde_json::from_value(Value::deserialize(deserializer)?).ok())
}

fn each_known<'de, D, T>(deserializer: D) -> Result<BTreeSet<T>, D::Error>
where
    D: Deserializer<'de>,
    T: DeserializeOwned + Ord,
{
    let values = Vec::<Value>::deserialize(deserializer)?.into_iter();
    let known = values.filter_map(|value| serde_json::from_value(value).ok());
    Ok(known.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn facts_round_trip_and_absent_ones_are_omitted() {
        let facts = EventFacts {
            previous_assignee: Some(UserId::new(crate::domain::time::from_micros(0), [1; 10])),
            reply_visibility: Some(Visibility::Internal),
            offered_before: vec!["sql".to_owned()],
            offered_after: vec!["php".to_owned()],
            status: Some(Status::Open),
            skills_changed: true,
            fields_changed: true,
            stated_fields: Field::ALL.into_iter().collect(),
            role: Some(Role::Moderator),
            is_active: Some(false),
            rules: Some(RulesKind::Routing),
            was_deleted: true,
            is_imported: true,
            must_reapply: true,
        };
        for (facts, is_empty) in [(facts, false), (EventFacts::default(), true)] {
            let text = serde_json::to_string(&facts).unwrap();
            assert_eq!(text == "{}", is_empty, "{text}");
            assert_eq!(serde_json::from_str::<EventFacts>(&text).unwrap(), facts);
        }
    }

    #[test]
    fn values_of_a_newer_version_count_as_absent() {
        let text = r#"{"replyVisibility":"partners","status":"parked","statedFields":["priority","mood"],
            "role":"auditor","rules":"billing","skillsChanged":true,"later":1}"#;
        let expected = EventFacts {
            skills_changed: true,
            stated_fields: BTreeSet::from([Field::Priority]),
            ..EventFacts::default()
        };
        assert_eq!(serde_json::from_str::<EventFacts>(text).unwrap(), expected);
    }
}
