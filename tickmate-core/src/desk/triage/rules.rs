//! The rules of triage that hold now, kept as those of routing are.

use std::sync::{Arc, Mutex, PoisonError};

use crate::{
    desk::{Desk, DeskError},
    domain::{options::Options, triage::TriageRules},
};

/// Under what name the store keeps which rules hold.
pub(super) const POINTER: &str = "triage";

/// How often the rules are read anew when somebody replaced them meanwhile.
const MAX_READS: u32 = 20;

/// The rules that hold, ready for use.
#[derive(Debug)]
pub(in crate::desk) struct Triaging {
    /// Counts the changes; 0 until the first one.
    pub(in crate::desk) version: u64,
    /// What the store points to; none until the first change.
    pub(in crate::desk) pointer: Option<String>,
    /// As they were set.
    pub(in crate::desk) set: TriageRules,
    /// The lists that a reading chooses from.
    pub(in crate::desk) options: Options,
}

/// The rules as they were last read.
pub(in crate::desk) type TriagingCache = Mutex<Option<Arc<Triaging>>>;

impl Desk {
    /// The rules that hold now.
    pub(in crate::desk) async fn triaging(&self) -> Result<Arc<Triaging>, DeskError> {
        for _ in 0..MAX_READS {
            let pointer = self.store.value(POINTER).await?;
            let cached = self
                .triaging
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .clone();
            if let Some(rules) = cached.filter(|rules| rules.pointer == pointer) {
                return Ok(rules);
            }
            if let Some(rules) = self.read_triaging(pointer).await? {
                let rules = Arc::new(rules);
                let mut cache = self.triaging.lock().unwrap_or_else(PoisonError::into_inner);
                *cache = Some(Arc::clone(&rules));
                return Ok(rules);
            }
        }
        Err(DeskError::Internal("the triage rules are not in the store"))
    }

    async fn read_triaging(&self, pointer: Option<String>) -> Result<Option<Triaging>, DeskError> {
        let (version, set) = match pointer.as_deref() {
            None => (0, TriageRules::default()),
            Some(text) => {
                let Some(document) = self.document(text).await? else {
                    return Ok(None);
                };
                let unreadable =
                    |_| DeskError::Internal("the triage rules in the store can't be read");
                let set = serde_json::from_str(&document.text).map_err(unreadable)?;
                (document.version, set)
            }
        };
        Ok(Some(Triaging {
            version,
            pointer,
            options: set.options(&self.lexicon),
            set,
        }))
    }
}
