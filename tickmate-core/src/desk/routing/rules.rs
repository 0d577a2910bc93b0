//! The current routing rules, prepared for use. Requests read them from the cache of this process.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::{
    backend::store::RulesRecord,
    desk::{
        Desk, DeskError,
        rules_cache::{RulesCache, Versioned},
    },
    domain::{
        desk_rules::RulesKind,
        routing::{Policy, RoutingRules},
        skill::{SkillEntry, Vocabulary},
    },
};

/// The stored form of the rules.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::desk) struct Document {
    pub(in crate::desk) rules: RoutingRules,
    /// See [`Rules::walk`].
    pub(in crate::desk) walk: u64,
}

/// The current rules, prepared for use.
#[derive(Debug)]
pub(in crate::desk) struct Rules {
    /// The number of changes; 0 before the first one.
    pub(in crate::desk) version: u64,
    /// The rules as an admin set them.
    pub(in crate::desk) set: RoutingRules,
    /// The last version that changed the dictionary or the holidays, and with them stored users and tickets; 0 if none
    /// did.
    pub(in crate::desk) walk: u64,
    /// The dictionary: the shipped rows, extended by the desk's own rows.
    pub(in crate::desk) vocabulary: Arc<Vocabulary>,
}

impl Rules {
    pub(in crate::desk) const fn policy(&self) -> &Policy {
        &self.set.policy
    }
}

impl Versioned for Rules {
    fn version(&self) -> u64 {
        self.version
    }
}

/// The cached routing rules of this process.
pub(in crate::desk) type RoutingRulesCache = RulesCache<Rules>;

impl Desk {
    /// Returns the routing rules, from the cache if they are known to be current.
    pub(in crate::desk) async fn rules(&self) -> Result<Arc<Rules>, DeskError> {
        match self.cached_rules(&self.rules) {
            Some(rules) => Ok(rules),
            None => self.latest_rules().await,
        }
    }

    /// Reads the routing rules from the store.
    pub(in crate::desk) async fn latest_rules(&self) -> Result<Arc<Rules>, DeskError> {
        self.begin_to_follow().await?;
        let (now, generation) = (self.now(), self.rules.generation());
        let record = self.store.rules(RulesKind::Routing).await?;
        let version = record.as_ref().map_or(0, |record| record.version);
        if let Some(rules) = self.rules.confirm(version, now, generation) {
            return Ok(rules);
        }
        let rules = self.parse_rules(record)?;
        Ok(self.rules.store(rules, now, generation))
    }

    fn parse_rules(&self, record: Option<RulesRecord>) -> Result<Rules, DeskError> {
        let Some(record) = record else {
            return Ok(Rules {
                version: 0,
                set: RoutingRules {
                    policy: self.settings.policy.clone(),
                    ..RoutingRules::default()
                },
                walk: 0,
                vocabulary: Arc::clone(&self.shipped),
            });
        };
        let unreadable = |_| DeskError::Internal("the routing rules in the store can't be read");
        let document = serde_json::from_str(&record.text).map_err(unreadable)?;
        Ok(self.prepared_rules(record.version, document))
    }

    /// Returns the rules of a document, prepared for use.
    pub(in crate::desk) fn prepared_rules(&self, version: u64, document: Document) -> Rules {
        let Document { rules: set, walk } = document;
        Rules {
            version,
            vocabulary: Arc::new(extended(&self.shipped, set.skills.clone())),
            set,
            walk,
        }
    }
}

/// Returns the dictionary extended by these rows. They were validated against the dictionary that was shipped at the
/// time: a row that conflicts with the current one is skipped, since a name must not stop the desk.
fn extended(shipped: &Vocabulary, mut rows: Vec<SkillEntry>) -> Vocabulary {
    loop {
        let error = match shipped.extended(rows.clone()) {
            Ok(vocabulary) => return vocabulary,
            Err(error) => error,
        };
        tracing::warn!(%error, id = error.id, "a row of the routing rules does not fit the dictionary; it is left out");
        if error.row >= rows.len() {
            return shipped.clone();
        }
        rows.remove(error.row);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_that_no_longer_fits_is_left_out() {
        let row = |id: &str, parents: &[&str]| SkillEntry {
            id: id.to_owned(),
            name: id.to_owned(),
            parents: parents.iter().map(|&parent| parent.to_owned()).collect(),
            ..SkillEntry::default()
        };
        let shipped = Vocabulary::new(vec![row("a", &[]), row("b", &["a"])]).unwrap();
        let rows = vec![row("c", &["gone"]), row("d", &["b"]), row("e", &["c"])];
        let vocabulary = extended(&shipped, rows);
        let ids: Vec<&str> = vocabulary
            .entries()
            .iter()
            .map(|entry| entry.id.as_str())
            .collect();
        assert_eq!(ids, ["a", "b", "d"]);
        let circle = vec![row("a", &["b"]), row("f", &[])];
        assert!(extended(&shipped, circle).entry("f").is_some());
    }
}
