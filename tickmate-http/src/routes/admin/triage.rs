//! `GET` and `PUT /admin/triage`: what readings choose from and how sure they must be, and how triage goes.

use std::sync::Arc;

use axum::extract::State;
use serde_json::Value;
use tickmate_core::{
    desk::{Desk, DeskError, TriagePatch, TriageView},
    domain::{access::Actor, learn::Choice, text::FieldError, triage::Apply},
};

use super::users::demand_admin;
use crate::{
    answer::Answer,
    extract::{Acting, Fields, Input},
    problem::Problem,
    state::App,
    wire::OneTriage,
};

/// The most bytes of a body: room for three lists of the longest descriptions, every character escaped.
const MAX_BODY: usize = 4 * 1024 * 1024;

/// How often the rules are read anew when somebody changed them meanwhile.
const MAX_TRIES: u32 = 20;

/// What is to be changed; what is left out stays.
struct Asked {
    categories: Option<Vec<Choice>>,
    types: Option<Vec<Choice>>,
    priorities: Option<Vec<Choice>>,
    apply: Option<Thresholds>,
}

/// How sure a reading must be of some of the fields.
#[derive(Clone, Copy)]
struct Thresholds {
    category: Option<f64>,
    priority: Option<f64>,
    kind: Option<f64>,
    skills: Option<f64>,
}

pub(crate) async fn show(
    State(app): State<Arc<App>>,
    Acting(actor): Acting,
    input: Input,
) -> Result<Answer<OneTriage>, Problem> {
    demand_admin(&actor)?;
    input.query().end()?;
    let rules = app.desk.triage_rules(&actor).await?;
    answer(&app, &actor, rules).await
}

pub(crate) async fn set(
    State(app): State<Arc<App>>,
    Acting(actor): Acting,
    input: Input,
) -> Result<Answer<OneTriage>, Problem> {
    demand_admin(&actor)?;
    let (fields, expected) = input.update_within(MAX_BODY).await?;
    let asked = Asked::read(fields)?;
    let rules = asked.put(&app.desk, &actor, expected).await?;
    Ok(answer(&app, &actor, rules).await?.message("saved"))
}

async fn answer(app: &App, actor: &Actor, rules: TriageView) -> Result<Answer<OneTriage>, Problem> {
    let overview = app.desk.triage_overview(actor).await?;
    let version = rules.version;
    Ok(Answer::of(OneTriage::new(rules, overview)).version(version))
}

impl Asked {
    fn read(mut fields: Fields) -> Result<Self, Problem> {
        let asked = Self {
            categories: fields.choices_if("categories"),
            types: fields.choices_if("types"),
            priorities: fields.choices_if("priorities"),
            apply: fields.read_if("apply", Thresholds::read),
        };
        fields.end()?;
        Ok(asked)
    }

    /// Changes the rules. The desk takes thresholds together, so those that were left out are read first, and what is
    /// written must replace what was read.
    async fn put(
        self,
        desk: &Desk,
        actor: &Actor,
        expected: Option<u64>,
    ) -> Result<TriageView, DeskError> {
        for _ in 0..MAX_TRIES {
            let read = desk.triage_rules(actor).await?;
            let patch = TriagePatch {
                categories: self.categories.clone(),
                types: self.types.clone(),
                priorities: self.priorities.clone(),
                apply: self.apply.map(|apply| apply.on(read.rules.apply)),
            };
            let version = Some(expected.unwrap_or(read.version));
            match desk.set_triage_rules(actor, patch, version).await {
                Err(DeskError::Stale { .. }) if expected.is_none() => {}
                set => return set,
            }
        }
        Err(DeskError::Overloaded)
    }
}

impl Thresholds {
    fn read(name: &str, value: Value) -> Result<Self, Vec<FieldError>> {
        let Value::Object(mut members) = value else {
            return Err(vec![FieldError::new(name, "must be an object")]);
        };
        let mut errors = Vec::new();
        let mut refuse = |member: &str, message: &str| {
            errors.push(FieldError::new(format!("{name}.{member}"), message));
        };
        let mut number = |member: &str| {
            let value = members.remove(member)?;
            let number = value.as_f64();
            if number.is_none() {
                refuse(member, "must be a number");
            }
            number
        };
        let thresholds = Self {
            category: number("category"),
            priority: number("priority"),
            kind: number("type"),
            skills: number("skills"),
        };
        for unknown in members.keys() {
            refuse(unknown, "unknown field");
        }
        match errors.is_empty() {
            true => Ok(thresholds),
            false => Err(errors),
        }
    }

    fn on(self, now: Apply) -> Apply {
        Apply {
            category: self.category.unwrap_or(now.category),
            priority: self.priority.unwrap_or(now.priority),
            kind: self.kind.unwrap_or(now.kind),
            skills: self.skills.unwrap_or(now.skills),
        }
    }
}
