//! The rules of routing, for admins: what holds, and changing it.

use crate::{
    desk::{
        Desk, DeskError,
        authorize::demand_admin,
        routing::rules::{Document, POINTER, Rules},
        writes::MAX_TRIES,
    },
    domain::{
        access::Actor,
        hours::{Holidays, MAX_HOLIDAYS},
        job::{Job, JobKey, NewJob},
        routing::{Policy, RoutingRules},
        skill::SkillEntry,
        text::FieldError,
    },
};

/// The rules that hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoutingView {
    /// Counts the changes; 0 until the first one.
    pub version: u64,
    /// As they were set.
    pub rules: RoutingRules,
    /// The names of the policies that are ready to be used.
    pub ready: &'static [&'static str],
    /// How many skills the dictionary has without the desk's own rows.
    pub shipped: usize,
}

/// What is to be changed of the rules; what is left out stays.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RoutingPatch {
    /// How tickets are given to people.
    pub policy: Option<Policy>,
    /// The desk's own rows of the dictionary, all of them.
    pub skills: Option<Vec<SkillEntry>>,
    /// The days on which nobody works, all of them.
    pub holidays: Option<Holidays>,
}

impl Desk {
    /// The rules that hold now.
    ///
    /// # Errors
    /// [`DeskError::Forbidden`] for whoever is not an admin.
    pub async fn routing(&self, actor: &Actor) -> Result<RoutingView, DeskError> {
        demand_admin(actor)?;
        let rules = self.rules().await?;
        Ok(self.routing_view(rules.version, rules.set.clone()))
    }

    /// Changes the rules. They hold at once in every process; what people and tickets hold is brought up to date after
    /// that, and what waits is given to whoever may have it now. The same rules again change nothing.
    ///
    /// # Errors
    /// [`DeskError::Forbidden`] for whoever is not an admin; [`DeskError::Invalid`] names the fields that can't be
    /// taken, such as `policy.ahead` or `skills[3].aliases[1]`; [`DeskError::Stale`] when `expected` is not the
    /// version that holds.
    pub async fn set_routing(
        &self,
        actor: &Actor,
        patch: RoutingPatch,
        expected: Option<u64>,
    ) -> Result<RoutingView, DeskError> {
        demand_admin(actor)?;
        let patch = self.checked_rules(patch)?;
        for _ in 0..MAX_TRIES {
            let rules = self.rules().await?;
            if expected.is_some_and(|expected| expected != rules.version) {
                return Err(DeskError::Stale {
                    current: rules.version,
                    fields: Vec::new(),
                });
            }
            let set = patch.clone().on(&rules.set);
            if set == rules.set {
                return Ok(self.routing_view(rules.version, set));
            }
            let version = rules.version + 1;
            let other_needs = set.skills != rules.set.skills || set.holidays != rules.set.holidays;
            let document = Document {
                rules: set,
                walk: if other_needs { version } else { rules.walk },
            };
            if self.replace_rules(&rules, version, &document).await? {
                tracing::info!(by = ?actor.id(), version, "the routing rules were changed");
                self.follow_rules(version, other_needs).await;
                return Ok(self.routing_view(version, document.rules));
            }
        }
        Err(DeskError::Overloaded)
    }

    fn routing_view(&self, version: u64, rules: RoutingRules) -> RoutingView {
        RoutingView {
            version,
            rules,
            ready: &Policy::NAMES,
            shipped: self.shipped.entries().len(),
        }
    }

    /// The patch, its names trimmed as the dictionary has them.
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

    /// Puts other rules into the place of these, unless somebody was faster.
    async fn replace_rules(
        &self,
        rules: &Rules,
        version: u64,
        document: &Document,
    ) -> Result<bool, DeskError> {
        let text = serde_json::to_string(document)
            .map_err(|_| DeskError::Internal("routing rules can't be written"))?;
        let before = rules.pointer.as_deref();
        let replaced = self.replace_document(POINTER, before, version, &text);
        Ok(replaced.await?.is_some())
    }

    /// Sets going what follows from other rules. Should that fail the sweep does it.
    async fn follow_rules(&self, version: u64, other_needs: bool) {
        let drain = NewJob {
            key: JobKey::new(format!("routing.{version}.drain_queue")),
            job: Job::DispatchBacklog { freed: None },
            run_at: self.now(),
        };
        let mut jobs = vec![drain];
        jobs.extend(other_needs.then(|| self.walk_job(version)));
        if let Err(error) = self.queue.enqueue(&jobs).await {
            tracing::warn!(%error, "what follows from other routing rules is left to the sweep");
        }
        self.committed();
    }
}

impl RoutingPatch {
    /// These rules, changed.
    fn on(self, rules: &RoutingRules) -> RoutingRules {
        RoutingRules {
            policy: self.policy.unwrap_or_else(|| rules.policy.clone()),
            skills: self.skills.unwrap_or_else(|| rules.skills.clone()),
            holidays: self.holidays.unwrap_or_else(|| rules.holidays.clone()),
        }
    }
}
