//! Administration of the triage rules.

use std::sync::Arc;

use crate::{
    backend::store::{RulesRecord, RulesWrite, RulesWritten},
    desk::{Desk, DeskError, TriageDesk, authorize::demand_admin, writes::MAX_TRIES},
    domain::{
        access::Actor,
        desk_rules::RulesKind,
        event::{Change, EventFacts},
        options::{FieldOption, Options},
        triage::{Apply, TriageRules},
    },
};

use super::rules::Triaging;

/// The current triage rules.
#[derive(Debug, Clone, PartialEq)]
pub struct TriageView {
    /// The number of changes; 0 before the first one.
    pub version: u64,
    /// The rules as an admin set them.
    pub rules: TriageRules,
    /// The lists that a reading chooses from: those of the rules, and the shipped ones where the rules have none.
    pub options: Options,
}

/// A change to the rules; fields that are `None` stay unchanged.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct TriagePatch {
    /// The complete list of categories; an empty one restores the shipped list.
    pub categories: Option<Vec<FieldOption>>,
    /// The complete list of kinds; an empty one restores the shipped list.
    pub types: Option<Vec<FieldOption>>,
    /// The meanings of the priorities.
    pub priorities: Option<Vec<FieldOption>>,
    /// The minimum confidence of values that are applied.
    pub apply: ApplyPatch,
}

/// A change to the minimum confidence of values that are applied.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct ApplyPatch {
    /// The minimum confidence of the category.
    pub category: Option<f64>,
    /// The minimum confidence of the priority.
    pub priority: Option<f64>,
    /// The minimum confidence of the kind.
    pub kind: Option<f64>,
    /// The minimum confidence of the skills.
    pub skills: Option<f64>,
}

impl TriageDesk<'_> {
    /// Returns the current triage rules.
    ///
    /// # Errors
    /// [`DeskError::Forbidden`] for an actor who is not an admin.
    pub async fn rules(self, actor: &Actor) -> Result<TriageView, DeskError> {
        demand_admin(actor)?;
        Ok(view(&*self.desk.latest_triaging().await?))
    }

    /// Changes the triage rules. This process uses them for each reading from then on, other processes within a second;
    /// tickets that were read stay unchanged. Setting the same rules again changes nothing.
    ///
    /// # Errors
    /// [`DeskError::Forbidden`] for an actor who is not an admin; [`DeskError::Invalid`] names the invalid fields, such
    /// as `categories[2].name`; [`DeskError::Stale`] if `expected` is not the current version.
    pub async fn set_rules(
        self,
        actor: &Actor,
        patch: TriagePatch,
        expected: Option<u64>,
    ) -> Result<TriageView, DeskError> {
        demand_admin(actor)?;
        for _ in 0..MAX_TRIES {
            let rules = self.desk.latest_triaging().await?;
            let set = patch.clone().on(&rules.set).checked()?;
            if set == rules.set {
                return Ok(view(&rules));
            }
            if expected.is_some_and(|expected| expected != rules.version) {
                return Err(DeskError::Stale {
                    current: rules.version,
                    fields: Vec::new(),
                });
            }
            if let Some(rules) = self.desk.write_triaging(actor, &rules, set).await? {
                tracing::info!(by = ?actor.id(), version = rules.version, "the triage rules were changed");
                return Ok(view(&rules));
            }
        }
        Err(DeskError::Overloaded)
    }
}

impl Desk {
    /// Replaces the rules together with their event, and uses the new ones from then on. Returns `None` if a concurrent
    /// write changed the rules.
    async fn write_triaging(
        &self,
        actor: &Actor,
        before: &Triaging,
        set: TriageRules,
    ) -> Result<Option<Arc<Triaging>>, DeskError> {
        let text = serde_json::to_string(&set)
            .map_err(|_| DeskError::Internal("triage rules can't be written"))?;
        let version = before.version + 1;
        let (kind, now) = (RulesKind::Triage, self.now());
        let facts = EventFacts::of_rules(kind);
        let write = RulesWrite {
            kind,
            record: RulesRecord { version, text },
            event: self.rules_event(actor, version, facts, changes(&before.set, &set), now),
        };
        let generation = self.triaging.generation();
        if self.store.write_rules(&write).await? == RulesWritten::Stale {
            return Ok(None);
        }
        self.triaging.note_version(version);
        let rules = self.prepared_triaging(version, set);
        let rules = self.triaging.store(rules, now, generation);
        self.committed();
        Ok(Some(rules))
    }
}

/// Returns what changed, for the audit trail.
fn changes(before: &TriageRules, after: &TriageRules) -> Vec<Change> {
    [
        Change::of_list("categories", &before.categories, &after.categories),
        Change::of_list("types", &before.types, &after.types),
        Change::of_list("priorities", &before.priorities, &after.priorities),
        Change::of("apply", before.apply, after.apply),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn view(rules: &Triaging) -> TriageView {
    TriageView {
        version: rules.version,
        rules: rules.set.clone(),
        options: rules.options.clone(),
    }
}

impl TriagePatch {
    /// Returns these rules with the changes of the patch.
    fn on(self, rules: &TriageRules) -> TriageRules {
        TriageRules {
            categories: self.categories.unwrap_or_else(|| rules.categories.clone()),
            types: self.types.unwrap_or_else(|| rules.types.clone()),
            priorities: self.priorities.unwrap_or_else(|| rules.priorities.clone()),
            apply: self.apply.on(rules.apply),
        }
    }
}

impl ApplyPatch {
    fn on(self, now: Apply) -> Apply {
        Apply {
            category: self.category.unwrap_or(now.category),
            priority: self.priority.unwrap_or(now.priority),
            kind: self.kind.unwrap_or(now.kind),
            skills: self.skills.unwrap_or(now.skills),
        }
    }
}
