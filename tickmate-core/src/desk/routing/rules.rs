//! The routing rules that hold, ready for use. Requests take them from the cache of this process.

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

/// The text of the stored record.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::desk) struct Document {
    pub(in crate::desk) rules: RoutingRules,
    /// See [`Rules::walk`].
    pub(in crate::desk) walk: u64,
}

/// The rules that hold, ready for use.
#[derive(Debug)]
pub(in crate::desk) struct Rules {
    /// Counts the changes; 0 until the first one.
    pub(in crate::desk) version: u64,
    /// As they were set.
    pub(in crate::desk) set: RoutingRules,
    /// The last version that changed the dictionary or the holidays, and so what users and tickets hold; 0: none.
    pub(in crate::desk) walk: u64,
    /// The dictionary: the rows that ship, and the owner's rows on top.
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

/// The routing rules that this process has.
pub(in crate::desk) type RoutingRulesCache = RulesCache<Rules>;

impl Desk {
    /// Returns the routing rules, from the cache where they are known to hold.
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

    /// Returns the rules of a document, ready for use.
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

/// The dictionary with these rows on top. They were checked against the one shipped at that time: a row that does not
/// fit this one is left out, for no desk may stand still because of a name.
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
