//! The desk's rules: one versioned record a kind, changed as a whole.

use async_trait::async_trait;
#[cfg(any(feature = "mock", feature = "testing"))]
use macro_rules_attr::extend;

use super::StoreError;
#[cfg(any(feature = "mock", feature = "testing"))]
use crate::backend::delegation::delegable;
use crate::domain::{desk_rules::RulesKind, event::Event};

/// The stored rules of one kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RulesRecord {
    /// Counts the changes, from 1.
    pub version: u64,
    /// The rules as JSON, in a form that core alone reads. A few hundred KiB at most.
    pub text: String,
}

/// A change of the rules of one kind.
#[derive(Debug, Clone, PartialEq)]
pub struct RulesWrite {
    /// Which rules.
    pub kind: RulesKind,
    /// The new rules; their version is one above the stored one, or 1 for the first change.
    pub record: RulesRecord,
    /// The event of the change.
    pub event: Event,
}

/// The outcome of a change of rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RulesWritten {
    /// The rules and their event were written.
    Written,
    /// A concurrent write changed the rules; nothing was written.
    Stale,
}

/// The desk's rules.
#[cfg_attr(any(feature = "mock", feature = "testing"), extend(delegable))]
#[cfg_attr(feature = "mock", mockall::automock)]
#[async_trait]
pub trait RulesStore: Send + Sync {
    /// Returns the stored rules of one kind; none before the first change.
    ///
    /// A **read**.
    async fn rules(&self, kind: RulesKind) -> Result<Option<RulesRecord>, StoreError>;

    /// Replaces the rules of one kind together with the event of the change. Of concurrent writes of one version
    /// exactly one is written.
    ///
    /// A **change**.
    async fn write_rules(&self, write: &RulesWrite) -> Result<RulesWritten, StoreError>;
}
