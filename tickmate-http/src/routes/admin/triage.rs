//! `GET` and `PUT /admin/triage`: what readings choose from and how sure they must be, and how triage goes; and
//! `POST /admin/triage/relearn`.

use std::sync::Arc;

use axum::extract::State;
use http::StatusCode;
use serde_json::Value;
use tickmate_core::{
    desk::{ApplyPatch, TriagePatch, TriageView},
    domain::{access::Actor, text::FieldError},
};

use super::users::demand_admin;
use crate::{
    answer::{Answer, Nothing},
    extract::{Acting, Fields, Input},
    problem::Problem,
    state::App,
    wire::OneTriage,
};

/// The most bytes of a body: room for three lists of the longest descriptions, every character escaped.
const MAX_BODY: usize = 4 * 1024 * 1024;

pub(crate) async fn show(
    State(app): State<Arc<App>>,
    Acting(actor): Acting,
    input: Input,
) -> Result<Answer<OneTriage>, Problem> {
    demand_admin(&actor)?;
    input.query().end()?;
    let rules = app.desk.triage().rules(&actor).await?;
    answer(&app, &actor, rules).await
}

pub(crate) async fn set(
    State(app): State<Arc<App>>,
    Acting(actor): Acting,
    input: Input,
) -> Result<Answer<OneTriage>, Problem> {
    demand_admin(&actor)?;
    let (fields, expected) = input.update_within(MAX_BODY).await?;
    let patch = patch(fields)?;
    let rules = app.desk.triage().set_rules(&actor, patch, expected).await?;
    Ok(answer(&app, &actor, rules).await?.message("saved"))
}

/// Starts a training of the embedded analyzer on all resolved tickets. The body may be empty.
pub(crate) async fn relearn(
    State(app): State<Arc<App>>,
    Acting(actor): Acting,
    input: Input,
) -> Result<Answer<Nothing>, Problem> {
    demand_admin(&actor)?;
    if let (Some(fields), _) = input.update_if_any().await? {
        fields.end()?;
    }
    app.desk.triage().relearn(&actor).await?;
    let answer = Answer::of(Nothing {}).status(StatusCode::ACCEPTED);
    Ok(answer.message("the training on the resolved tickets was started"))
}

async fn answer(app: &App, actor: &Actor, rules: TriageView) -> Result<Answer<OneTriage>, Problem> {
    let overview = app.desk.triage().overview(actor).await?;
    let version = rules.version;
    Ok(Answer::of(OneTriage::new(rules, overview)).version(version))
}

fn patch(mut fields: Fields) -> Result<TriagePatch, Problem> {
    let patch = TriagePatch {
        categories: fields.choices_if("categories"),
        types: fields.choices_if("types"),
        priorities: fields.choices_if("priorities"),
        apply: fields.read_if("apply", thresholds).unwrap_or_default(),
    };
    fields.end()?;
    Ok(patch)
}

fn thresholds(name: &str, value: Value) -> Result<ApplyPatch, Vec<FieldError>> {
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
    let thresholds = ApplyPatch {
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
