//! The current triage rules, prepared for use. Readings take them from the cache of this process.

use std::sync::Arc;

use crate::{
    desk::{
        Desk, DeskError,
        rules_cache::{RulesCache, Versioned},
    },
    domain::{desk_rules::RulesKind, options::Options, triage::TriageRules},
};

/// The current rules, prepared for use.
#[derive(Debug)]
pub(in crate::desk) struct Triaging {
    /// The number of changes; 0 before the first one.
    pub(in crate::desk) version: u64,
    /// The rules as an admin set them.
    pub(in crate::desk) set: TriageRules,
    /// The lists that a reading chooses from.
    pub(in crate::desk) options: Options,
}

impl Versioned for Triaging {
    fn version(&self) -> u64 {
        self.version
    }
}

/// The cached triage rules of this process.
pub(in crate::desk) type TriageRulesCache = RulesCache<Triaging>;

impl Desk {
    /// Returns the triage rules, from the cache if they are known to be current.
    pub(in crate::desk) async fn triaging(&self) -> Result<Arc<Triaging>, DeskError> {
        match self.cached_rules(&self.triaging) {
            Some(rules) => Ok(rules),
            None => self.latest_triaging().await,
        }
    }

    /// Reads the triage rules from the store.
    pub(in crate::desk) async fn latest_triaging(&self) -> Result<Arc<Triaging>, DeskError> {
        self.begin_to_follow().await?;
        let (now, generation) = (self.now(), self.triaging.generation());
        let record = self.store.rules(RulesKind::Triage).await?;
        let version = record.as_ref().map_or(0, |record| record.version);
        if let Some(rules) = self.triaging.confirm(version, now, generation) {
            return Ok(rules);
        }
        let unreadable = |_| DeskError::Internal("the triage rules in the store can't be read");
        let set = match record {
            None => TriageRules::default(),
            Some(record) => serde_json::from_str(&record.text).map_err(unreadable)?,
        };
        let rules = self.prepared_triaging(version, set);
        Ok(self.triaging.store(rules, now, generation))
    }

    /// Returns triage rules prepared for use.
    pub(in crate::desk) fn prepared_triaging(&self, version: u64, set: TriageRules) -> Triaging {
        Triaging {
            version,
            options: set.options(&self.lexicon),
            set,
        }
    }
}
