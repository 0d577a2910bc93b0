//! The rules of triage, for admins: what holds, and changing it.

use crate::{
    desk::{Desk, DeskError, authorize::demand_admin, writes::MAX_TRIES},
    domain::{
        access::Actor,
        options::{FieldOption, Options},
        triage::{Apply, TriageRules},
    },
};

use super::rules::{POINTER, Triaging};

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

impl Desk {
    /// The rules of triage that hold now.
    ///
    /// # Errors
    /// [`DeskError::Forbidden`] for whoever is not an admin.
    pub async fn triage_rules(&self, actor: &Actor) -> Result<TriageView, DeskError> {
        demand_admin(actor)?;
        Ok(view(&*self.triaging().await?))
    }

    /// Changes the rules of triage. They hold for every reading from now on; tickets that were read stay as they are.
    /// The same rules again change nothing.
    ///
    /// # Errors
    /// [`DeskError::Forbidden`] for whoever is not an admin; [`DeskError::Invalid`] names the fields that can't be
    /// taken, such as `categories[2].name`; [`DeskError::Stale`] when `expected` is not the version that holds.
    pub async fn set_triage_rules(
        &self,
        actor: &Actor,
        patch: TriagePatch,
        expected: Option<u64>,
    ) -> Result<TriageView, DeskError> {
        demand_admin(actor)?;
        for _ in 0..MAX_TRIES {
            let rules = self.triaging().await?;
            let set = patch.clone().on(&rules.set).checked()?;
            if expected.is_some_and(|expected| expected != rules.version) {
                return Err(DeskError::Stale {
                    current: rules.version,
                    fields: Vec::new(),
                });
            }
            if set == rules.set {
                return Ok(view(&rules));
            }
            let text = serde_json::to_string(&set)
                .map_err(|_| DeskError::Internal("triage rules can't be written"))?;
            let version = rules.version + 1;
            let before = rules.pointer.as_deref();
            let replaced = self.replace_document(POINTER, before, version, &text);
            if replaced.await?.is_some() {
                tracing::info!(by = ?actor.id(), version, "the triage rules were changed");
                return Ok(TriageView {
                    version,
                    options: set.options(&self.lexicon),
                    rules: set,
                });
            }
        }
        Err(DeskError::Overloaded)
    }
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
