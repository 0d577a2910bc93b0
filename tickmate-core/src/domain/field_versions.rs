//! The version of a user's last change of each field of a ticket or a user. A stale update is refused only by these:
//! changes by the desk itself (triage, routing, escalation, shifts) never refuse a user's update.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The version of the last change of each field by a user, by the field's name on the wire. A field that no user has
/// changed since the creation is not listed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct FieldVersions(BTreeMap<String, u64>);

/// Why an update that expects a version is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the version is stale")]
pub struct StaleFields(
    /// The fields that a user changed in the meantime. Empty for a version that the object has never had.
    pub Vec<&'static str>,
);

impl FieldVersions {
    /// Records that a user's change created this version and changed these fields.
    pub fn record(&mut self, fields: impl IntoIterator<Item = &'static str>, version: u64) {
        for field in fields {
            self.0.insert(field.to_owned(), version);
        }
    }

    /// Checks an update of these fields that is based on the version `expected` of an object whose version is `current`.
    /// `fields` are those whose value the update would change: an equal value does not conflict.
    ///
    /// # Errors
    /// [`StaleFields`] if a user changed one of the fields after `expected`, or if the object never had that version.
    pub fn check(
        &self,
        expected: u64,
        current: u64,
        fields: &[&'static str],
    ) -> Result<(), StaleFields> {
        if !(1..=current).contains(&expected) {
            return Err(StaleFields(Vec::new()));
        }
        let is_newer = |field: &&&str| self.0.get(**field).is_some_and(|at| *at > expected);
        let newer: Vec<&'static str> = fields.iter().filter(is_newer).copied().collect();
        match newer.is_empty() {
            true => Ok(()),
            false => Err(StaleFields(newer)),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const FIELDS: [&str; 4] = ["title", "status", "priority", "relatedSkills"];

    #[test]
    fn only_a_change_of_the_same_field_by_a_user_refuses_an_update() {
        let mut versions = FieldVersions::default();
        versions.record(["title", "priority"], 3);
        versions.record(["title"], 5);
        for (expected, fields, refused) in [
            (6, &["title", "priority"][..], None),
            (5, &["title"], None),
            (4, &["title", "priority", "status"], Some(vec!["title"])),
            (2, &["priority", "title"], Some(vec!["priority", "title"])),
            (2, &["status", "relatedSkills"], None),
            (1, &[], None),
            (0, &[], Some(vec![])),
            (7, &["status"], Some(vec![])),
            (u64::MAX, &[], Some(vec![])),
        ] {
            let checked = versions.check(expected, 6, fields);
            assert_eq!(checked.err().map(|stale| stale.0), refused, "{expected}");
        }
    }

    #[test]
    fn it_is_stored_as_a_plain_object() {
        let mut versions = FieldVersions::default();
        versions.record(["status"], 2);
        let stored = serde_json::to_string(&versions).unwrap();
        assert_eq!(stored, r#"{"status":2}"#);
        assert_eq!(
            serde_json::from_str::<FieldVersions>(&stored).unwrap(),
            versions
        );
    }

    proptest! {
        /// An update is refused exactly if the history contains a later change of one of its fields by a user.
        #[test]
        fn an_update_is_refused_exactly_after_conflicting_changes(
            history in prop::collection::vec(
                (any::<bool>(), prop::sample::subsequence(FIELDS.to_vec(), 0..=4)),
                0..30,
            ),
            expected in 0_u64..34,
            touched in prop::sample::subsequence(FIELDS.to_vec(), 0..=4),
        ) {
            let mut versions = FieldVersions::default();
            let mut current = 1;
            for (by_user, changed) in &history {
                current += 1;
                if *by_user {
                    versions.record(changed.iter().copied(), current);
                }
            }
            let is_after_expected = |at: usize| at as u64 + 2 > expected;
            let conflicts: Vec<&str> = touched
                .iter()
                .filter(|field| {
                    history.iter().enumerate().any(|(at, (by_user, changed))| {
                        *by_user && is_after_expected(at) && changed.contains(field)
                    })
                })
                .copied()
                .collect();
            let is_known = expected >= 1 && expected <= current;
            match versions.check(expected, current, &touched) {
                Ok(()) => prop_assert!(is_known && conflicts.is_empty()),
                Err(StaleFields(fields)) if is_known => prop_assert_eq!(fields, conflicts),
                Err(StaleFields(fields)) => prop_assert!(fields.is_empty()),
            }
        }
    }
}
