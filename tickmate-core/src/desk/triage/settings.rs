//! The rules of triage, for admins: what holds, and changing it.

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

/// The rules that hold.
#[derive(Debug, Clone, PartialEq)]
pub struct TriageView {
    /// Counts the changes; 0 until the first one.
    pub version: u64,
    /// As they were set.
    pub rules: TriageRules,
    /// The lists that a reading chooses from: the rules', and those that ship where the rules have none.
    pub options: Options,
}

/// What is to be changed of the rules; what is left out stays.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct TriagePatch {
    /// The categories, all of them; none: those that ship.
    pub categories: Option<Vec<FieldOption>>,
    /// The kinds of ticket, all of them; none: those that ship.
    pub types: Option<Vec<FieldOption>>,
    /// What the priorities mean.
    pub priorities: Option<Vec<FieldOption>>,
    /// How sure a reading must be to count.
    pub apply: ApplyPatch,
}

/// What is to be changed of how sure a reading must be.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct ApplyPatch {
    /// Of the category.
    pub category: Option<f64>,
    /// Of the priority.
    pub priority: Option<f64>,
    /// Of the kind.
    pub kind: Option<f64>,
    /// Of the skills.
    pub skills: Option<f64>,
}

impl TriageDesk<'_> {
    /// The rules of triage that hold now.
    ///
    /// # Errors
    /// [`DeskError::Forbidden`] for an actor who is not an admin.
    pub async fn rules(self, actor: &Actor) -> Result<TriageView, DeskError> {
        demand_admin(actor)?;
        Ok(view(&*self.desk.latest_triaging().await?))
    }

    /// Changes the rules of triage. This process uses them for each reading from here on, other processes within a
    /// second; tickets that were read stay as they are. The same rules again change nothing.
    ///
    /// # Errors
    /// [`DeskError::Forbidden`] for an actor who is not an admin; [`DeskError::Invalid`] names the fields that can't be
    /// taken, such as `categories[2].name`; [`DeskError::Stale`] when `expected` is not the version that holds.
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
    /// Writes rules in the place of these, with their event, and uses them from here on. Returns none where a
    /// concurrent write changed the rules.
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
    /// These rules, changed.
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
