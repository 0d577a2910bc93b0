//! `GET` and `PUT /admin/triage`: what readings choose from and how sure they must be, and how triage goes; and
//! `POST /admin/triage/relearn`.

use std::sync::Arc;

use axum::extract::State;
use deserr::Deserr;
use http::StatusCode;
use tickmate_core::{
    desk::{ApplyPatch, TriagePatch, TriageView},
    domain::access::Actor,
};
use utoipa::ToSchema;

use super::users::demand_admin;
use crate::{
    answer::{Answer, Nothing},
    document::IfMatch,
    extract::{Acting, Input, OptionalUpdate, Parameters, Update},
    problem::Problem,
    requests::{Choices, NoFields, Optional, Threshold},
    state::App,
    wire::OneTriage,
};

/// The most bytes of a body: room for three lists of the longest descriptions, every character escaped.
const MAX_BODY: usize = 4 * 1024 * 1024;

/// The rules of triage to set. What is left out stays.
#[derive(Debug, Deserr, ToSchema)]
#[deserr(deny_unknown_fields)]
#[serde(deny_unknown_fields)]
pub(crate) struct SetTriage {
    #[deserr(default)]
    #[serde(default)]
    categories: Optional<Choices>,
    #[deserr(default)]
    #[serde(default)]
    types: Optional<Choices>,
    /// Some or all of the priorities, described in the desk's words.
    #[deserr(default)]
    #[serde(default)]
    priorities: Optional<Choices>,
    #[deserr(default)]
    #[serde(default)]
    apply: Optional<SetThresholds>,
}

/// From which confidence on a value of a reading counts: 0 to 1. What is left out stays.
#[derive(Debug, Default, Deserr, ToSchema)]
#[deserr(deny_unknown_fields)]
#[serde(deny_unknown_fields)]
pub(crate) struct SetThresholds {
    #[deserr(default)]
    #[serde(default)]
    #[schema(value_type = Threshold)]
    category: Optional<f64>,
    #[deserr(default)]
    #[serde(default)]
    #[schema(value_type = Threshold)]
    priority: Optional<f64>,
    #[deserr(rename = "type", default)]
    #[serde(rename = "type", default)]
    #[schema(value_type = Threshold)]
    kind: Optional<f64>,
    #[deserr(default)]
    #[serde(default)]
    #[schema(value_type = Threshold)]
    skills: Optional<f64>,
}

/// Returns the rules of triage, and how triage goes.
#[utoipa::path(
    get,
    path = "/admin/triage",
    operation_id = "getTriage",
    tag = "admin",
    params(Parameters<NoFields>),
    responses((status = OK, description = "The rules, and figures on the readers.", body = Answer<OneTriage>, headers(("ETag" = String, description = "The version of the rules.")))),
    extensions(("x-roles" = json!(["admin"]))),
)]
pub(crate) async fn show(
    State(app): State<Arc<App>>,
    Acting(actor): Acting,
    input: Input<Parameters<NoFields>>,
) -> Result<Answer<OneTriage>, Problem> {
    demand_admin(&actor)?;
    input.parse().await?;
    let rules = app.desk.triage().rules(&actor).await?;
    answer(&app, &actor, rules).await
}

/// Sets rules of triage.
#[utoipa::path(
    put,
    path = "/admin/triage",
    operation_id = "setTriage",
    tag = "admin",
    params(IfMatch),
    request_body = Update<SetTriage>,
    responses((status = OK, description = "The rules as they are now.", body = Answer<OneTriage>, headers(("ETag" = String, description = "The version of the rules.")))),
    extensions(("x-roles" = json!(["admin"]))),
)]
pub(crate) async fn set(
    State(app): State<Arc<App>>,
    Acting(actor): Acting,
    input: Input<Update<SetTriage>>,
) -> Result<Answer<OneTriage>, Problem> {
    demand_admin(&actor)?;
    let Update { fields, expected } = input.within(MAX_BODY).parse().await?;
    let patch = fields.into();
    let rules = app.desk.triage().set_rules(&actor, patch, expected).await?;
    Ok(answer(&app, &actor, rules).await?.message("saved"))
}

/// Starts a training of the embedded analyzer on all resolved tickets.
#[utoipa::path(
    post,
    path = "/admin/triage/relearn",
    operation_id = "relearn",
    tag = "admin",
    params(IfMatch),
    request_body = Update<NoFields>,
    responses((status = ACCEPTED, description = "The training has begun.", body = Answer<Nothing>)),
    extensions(("x-roles" = json!(["admin"])), ("x-optional-body" = json!(true))),
)]
pub(crate) async fn relearn(
    State(app): State<Arc<App>>,
    Acting(actor): Acting,
    input: Input<OptionalUpdate<NoFields>>,
) -> Result<Answer<Nothing>, Problem> {
    demand_admin(&actor)?;
    input.parse().await?;
    app.desk.triage().relearn(&actor).await?;
    let answer = Answer::of(Nothing {}).status(StatusCode::ACCEPTED);
    Ok(answer.message("the training on the resolved tickets was started"))
}

async fn answer(app: &App, actor: &Actor, rules: TriageView) -> Result<Answer<OneTriage>, Problem> {
    let overview = app.desk.triage().overview(actor).await?;
    let version = rules.version;
    Ok(Answer::of(OneTriage::new(rules, overview)).version(version))
}

impl From<SetTriage> for TriagePatch {
    fn from(fields: SetTriage) -> Self {
        let apply = fields.apply.0.unwrap_or_default();
        Self {
            categories: fields.categories.into(),
            types: fields.types.into(),
            priorities: fields.priorities.into(),
            apply: ApplyPatch {
                category: apply.category.0,
                priority: apply.priority.0,
                kind: apply.kind.0,
                skills: apply.skills.0,
            },
        }
    }
}
