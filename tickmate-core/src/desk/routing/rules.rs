//! The rules that hold now. They stand in the store under a pointer, so that every process notices a change at once
//! and two admins never overwrite each other unseen.

use std::sync::{Arc, Mutex, PoisonError};

use serde::{Deserialize, Serialize};

use crate::{
    desk::{Desk, DeskError},
    domain::{
        routing::{Policy, RoutingRules},
        skill::{SkillEntry, Vocabulary},
    },
};

/// Under what name the store keeps which rules hold: `<version>:<name of the document>`.
pub(in crate::desk) const POINTER: &str = "routing";

/// How often the rules are read anew when somebody replaced them meanwhile.
const MAX_READS: u32 = 20;

/// What the store keeps under the document's name.
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
    /// What the store points to, none until the first change.
    pub(in crate::desk) pointer: Option<String>,
    /// As they were set.
    pub(in crate::desk) set: RoutingRules,
    /// The last version that changed the dictionary or the holidays, and so what people and tickets hold; 0: none.
    pub(in crate::desk) walk: u64,
    /// The dictionary: those shipped, and the owner's rows on top.
    pub(in crate::desk) vocabulary: Arc<Vocabulary>,
}

impl Rules {
    pub(in crate::desk) const fn policy(&self) -> &Policy {
        &self.set.policy
    }
}

/// The rules as they were last read.
pub(in crate::desk) type RulesCache = Mutex<Option<Arc<Rules>>>;

impl Desk {
    /// The rules that hold now.
    pub(in crate::desk) async fn rules(&self) -> Result<Arc<Rules>, DeskError> {
        for _ in 0..MAX_READS {
            let pointer = self.store.value(POINTER).await?;
            let cached = self
                .rules
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .clone();
            if let Some(rules) = cached.filter(|rules| rules.pointer == pointer) {
                return Ok(rules);
            }
            // Where the document is gone the pointer moved on.
            if let Some(rules) = self.read_rules(pointer).await? {
                let rules = Arc::new(rules);
                let mut cache = self.rules.lock().unwrap_or_else(PoisonError::into_inner);
                *cache = Some(Arc::clone(&rules));
                return Ok(rules);
            }
        }
        Err(DeskError::Internal(
            "the routing rules are not in the store",
        ))
    }

    async fn read_rules(&self, pointer: Option<String>) -> Result<Option<Rules>, DeskError> {
        let Some(text) = pointer.as_deref() else {
            return Ok(Some(Rules {
                version: 0,
                pointer,
                set: RoutingRules {
                    policy: self.settings.policy.clone(),
                    ..RoutingRules::default()
                },
                walk: 0,
                vocabulary: Arc::clone(&self.shipped),
            }));
        };
        let Some(document) = self.document(text).await? else {
            return Ok(None);
        };
        let unreadable = |_| DeskError::Internal("the routing rules in the store can't be read");
        let Document { rules: set, walk } =
            serde_json::from_str(&document.text).map_err(unreadable)?;
        Ok(Some(Rules {
            version: document.version,
            pointer,
            vocabulary: Arc::new(extended(&self.shipped, set.skills.clone())),
            set,
            walk,
        }))
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
