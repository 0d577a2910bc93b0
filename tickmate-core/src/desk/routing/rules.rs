//! The rules that hold now. They stand in the store under a pointer, so that every process notices a change at once
//! and two admins never overwrite each other unseen.

use std::sync::{Arc, Mutex, PoisonError};

use crate::{
    desk::{Desk, DeskError},
    domain::{
        routing::{Policy, RoutingRules},
        skill::Vocabulary,
    },
};

/// Under what name the store keeps which rules hold: `<version>:<name of the document>`.
pub(in crate::desk) const POINTER: &str = "routing";

/// The rules that hold, ready for use.
#[derive(Debug)]
pub(in crate::desk) struct Rules {
    /// Counts the changes; 0 until the first one.
    pub(in crate::desk) version: u64,
    /// What the store points to, none until the first change.
    pub(in crate::desk) pointer: Option<String>,
    /// As they were set.
    pub(in crate::desk) set: RoutingRules,
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
        let pointer = self.store.value(POINTER).await?;
        let cached = self
            .rules
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        if let Some(rules) = cached.filter(|rules| rules.pointer == pointer) {
            return Ok(rules);
        }
        let rules = Arc::new(self.read_rules(pointer).await?);
        *self.rules.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&rules));
        Ok(rules)
    }

    async fn read_rules(&self, pointer: Option<String>) -> Result<Rules, DeskError> {
        let Some(text) = pointer.as_deref() else {
            return Ok(Rules {
                version: 0,
                pointer,
                set: RoutingRules {
                    policy: self.settings.policy.clone(),
                    ..RoutingRules::default()
                },
                vocabulary: Arc::clone(&self.shipped),
            });
        };
        let unreadable = || DeskError::Internal("the routing rules in the store can't be read");
        let (version, document) = text.split_once(':').ok_or_else(unreadable)?;
        let version = version.parse().map_err(|_| unreadable())?;
        let document = self.store.value(document).await?.ok_or_else(unreadable)?;
        let set: RoutingRules = serde_json::from_str(&document).map_err(|_| unreadable())?;
        let vocabulary = self.shipped.extended(set.skills.clone());
        Ok(Rules {
            version,
            pointer,
            vocabulary: Arc::new(vocabulary.map_err(|_| unreadable())?),
            set,
        })
    }
}
