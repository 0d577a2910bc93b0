//! Administration of the routing rules.

use crate::{
    backend::store::{RulesRecord, RulesWrite, RulesWritten},
    desk::{
        Desk, DeskError, Routing,
        authorize::demand_admin,
        routing::rules::{Document, Rules},
        writes::MAX_TRIES,
    },
    domain::{
        access::Actor,
        desk_rules::RulesKind,
        event::{Change, EventFacts},
        hours::{Holidays, MAX_HOLIDAYS},
        routing::{Policy, RoutingRules},
        skill::SkillEntry,
        text::FieldError,
    },
};

/// The current routing rules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoutingView {
    /// The number of changes; 0 before the first one.
    pub version: u64,
    /// The rules as an admin set them.
    pub rules: RoutingRules,
    /// The names of the shipped policies.
    pub ready: &'static [&'static str],
    /// The number of skills in the dictionary without the desk's own rows.
    pub shipped: usize,
}

/// A change to the rules; fields that are `None` stay unchanged.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RoutingPatch {
    /// The policy that assigns tickets.
    pub policy: Option<Policy>,
    /// The complete list of the desk's own rows of the dictionary.
    pub skills: Option<Vec<SkillEntry>>,
    /// The complete list of holidays.
    pub holidays: Option<Holidays>,
}

impl Routing<'_> {
    /// Returns the current rules.
    ///
    /// # Errors
    /// [`DeskError::Forbidden`] for an actor who is not an admin.
    pub async fn rules(self, actor: &Actor) -> Result<RoutingView, DeskError> {
        demand_admin(actor)?;
        let rules = self.desk.latest_rules().await?;
        Ok(self.desk.routing_view(rules.version, rules.set.clone()))
    }

    /// Changes the rules. This process uses them before it returns, other processes within a second. Jobs that follow
    /// from the event of the change update users and tickets and dispatch the backlog. Setting the same rules again
    /// changes nothing.
    ///
    /// # Errors
    /// [`DeskError::Forbidden`] for an actor who is not an admin; [`DeskError::Invalid`] names the invalid fields, such
    /// as `policy.ahead` or `skills[3].aliases[1]`; [`DeskError::Stale`] if `expected` is not the current version.
    pub async fn set_rules(
        self,
        actor: &Actor,
        patch: RoutingPatch,
        expected: Option<u64>,
    ) -> Result<RoutingView, DeskError> {
        demand_admin(actor)?;
        let patch = self.desk.checked_rules(patch)?;
        for _ in 0..MAX_TRIES {
            let rules = self.desk.latest_rules().await?;
            let set = patch.clone().on(&rules.set);
            if set == rules.set {
                return Ok(self.desk.routing_view(rules.version, set));
            }
            if expected.is_some_and(|expected| expected != rules.version) {
                return Err(DeskError::Stale {
                    current: rules.version,
                    fields: Vec::new(),
                });
            }
            let version = rules.version + 1;
            let other_needs = set.skills != rules.set.skills || set.holidays != rules.set.holidays;
            let document = Document {
                rules: set,
                walk: if other_needs { version } else { rules.walk },
            };
            if self
                .desk
                .write_routing(actor, &rules, version, &document)
                .await?
            {
                tracing::info!(by = ?actor.id(), version, "the routing rules were changed");
                return Ok(self.desk.routing_view(version, document.rules));
            }
        }
        Err(DeskError::Overloaded)
    }
}

impl Desk {
    fn routing_view(&self, version: u64, rules: RoutingRules) -> RoutingView {
        RoutingView {
            version,
            rules,
            ready: &Policy::NAMES,
            shipped: self.shipped.entries().len(),
        }
    }

    /// Validates the patch, and trims its names as the dictionary does.
    fn checked_rules(&self, mut patch: RoutingPatch) -> Result<RoutingPatch, DeskError> {
        let mut errors: Vec<FieldError> = Vec::new();
        if let Some(Err(error)) = patch.policy.as_ref().map(Policy::check) {
            let field = format!("policy.{}", error.field);
            errors.push(FieldError::new(field, error.message));
        }
        if let Some(rows) = &mut patch.skills {
            match self.shipped.extended(rows.clone()) {
                Err(error) => errors.push(FieldError::new(error.path(), error.message)),
                Ok(vocabulary) => {
                    for row in rows {
                        if let Some(entry) = vocabulary.entry(&row.id) {
                            row.clone_from(entry);
                        }
                    }
                }
            }
        }
        let holidays = patch.holidays.as_ref();
        if holidays.is_some_and(|holidays| holidays.len() > MAX_HOLIDAYS) {
            let message = format!("must have at most {MAX_HOLIDAYS} entries");
            errors.push(FieldError::new("holidays", message));
        }
        match errors.is_empty() {
            true => Ok(patch),
            false => Err(errors.into()),
        }
    }

    /// Replaces the rules together with their event, and uses the new ones from then on. Returns false if a concurrent
    /// write changed the rules.
    async fn write_routing(
        &self,
        actor: &Actor,
        before: &Rules,
        version: u64,
        document: &Document,
    ) -> Result<bool, DeskError> {
        let text = serde_json::to_string(document)
            .map_err(|_| DeskError::Internal("routing rules can't be written"))?;
        let facts = EventFacts {
            must_reapply: document.walk == version,
            ..EventFacts::of_rules(RulesKind::Routing)
        };
        let changes = changes(&before.set, &document.rules);
        let now = self.now();
        let event = self.rules_event(actor, version, facts, changes, now);
        let kind = RulesKind::Routing;
        let record = RulesRecord { version, text };
        let write = RulesWrite {
            kind,
            record,
            event,
        };
        let generation = self.rules.generation();
        if self.store.write_rules(&write).await? == RulesWritten::Stale {
            return Ok(false);
        }
        self.rules.note_version(version);
        let document = Document {
            rules: document.rules.clone(),
            walk: document.walk,
        };
        self.rules
            .store(self.prepared_rules(version, document), now, generation);
        self.committed();
        Ok(true)
    }
}

/// Returns what changed, for the audit trail.
fn changes(before: &RoutingRules, after: &RoutingRules) -> Vec<Change> {
    let holidays = |rules: &RoutingRules| serde_json::to_value(&rules.holidays).unwrap_or_default();
    let listed = |value: serde_json::Value| value.as_array().cloned().unwrap_or_default();
    [
        Change::of("policy", &before.policy, &after.policy),
        Change::of_list("skills", &before.skills, &after.skills),
        Change::of_list(
            "holidays",
            &listed(holidays(before)),
            &listed(holidays(after)),
        ),
    ]
    .into_iter()
    .flatten()
    .collect()
}

impl RoutingPatch {
    /// Returns these rules with the changes of the patch.
    fn on(self, rules: &RoutingRules) -> RoutingRules {
        RoutingRules {
            policy: self.policy.unwrap_or_else(|| rules.policy.clone()),
            skills: self.skills.unwrap_or_else(|| rules.skills.clone()),
            holidays: self.holidays.unwrap_or_else(|| rules.holidays.clone()),
        }
    }
}
