//! `GET` and `PUT /admin/routing`: the rules of routing, and where the staff is thin.

use std::sync::Arc;

use axum::extract::State;
use deserr::Deserr;
use tickmate_core::desk::RoutingPatch;
use utoipa::ToSchema;

use super::users::demand_admin;
use crate::{
    answer::Answer,
    document::IfMatch,
    extract::{Acting, Input, Parameters, Update},
    problem::Problem,
    requests::{HolidayList, InvalidInput, NoFields, Optional, PolicyInput, SkillRows},
    state::App,
    wire::OneRouting,
};

/// The most bytes of a body: room for a dictionary of thousands of rows.
const MAX_BODY: usize = 4 * 1024 * 1024;

/// The rules of routing to set. What is left out stays.
#[derive(Debug, Deserr, ToSchema)]
#[deserr(error = InvalidInput, deny_unknown_fields)]
#[serde(deny_unknown_fields)]
pub(crate) struct SetRouting {
    #[deserr(default)]
    #[serde(default)]
    policy: Optional<PolicyInput>,
    /// The desk's own rows of the skill dictionary, all of them.
    #[deserr(default)]
    #[serde(default)]
    skills: Optional<SkillRows>,
    /// All days on which nobody works.
    #[deserr(default)]
    #[serde(default)]
    holidays: Optional<HolidayList>,
}

/// Returns the rules of routing, and where the staff is thin.
#[utoipa::path(
    get,
    path = "/admin/routing",
    operation_id = "getRouting",
    tag = "admin",
    params(Parameters<NoFields>),
    responses((status = OK, description = "The rules, and figures on the staff.", body = Answer<OneRouting>, headers(("ETag" = String, description = "The version of the rules.")))),
    extensions(("x-roles" = json!(["admin"]))),
)]
pub(crate) async fn show(
    State(app): State<Arc<App>>,
    Acting(actor): Acting,
    input: Input<Parameters<NoFields>>,
) -> Result<Answer<OneRouting>, Problem> {
    demand_admin(&actor)?;
    input.parse().await?;
    let view = app.desk.routing().rules(&actor).await?;
    let staffing = app.desk.routing().staffing(&actor).await?;
    let version = view.version;
    let routing = OneRouting::new(view).staffing(staffing, app.settings.legacy_ids);
    Ok(Answer::of(routing).version(version))
}

/// Sets rules of routing.
#[utoipa::path(
    put,
    path = "/admin/routing",
    operation_id = "setRouting",
    tag = "admin",
    params(IfMatch),
    request_body = Update<SetRouting>,
    responses((status = OK, description = "The rules as they are now.", body = Answer<OneRouting>, headers(("ETag" = String, description = "The version of the rules.")))),
    extensions(("x-roles" = json!(["admin"]))),
)]
pub(crate) async fn set(
    State(app): State<Arc<App>>,
    Acting(actor): Acting,
    input: Input<Update<SetRouting>>,
) -> Result<Answer<OneRouting>, Problem> {
    demand_admin(&actor)?;
    let Update { fields, expected } = input.within(MAX_BODY).parse().await?;
    let patch = RoutingPatch {
        policy: fields.policy.into(),
        skills: fields.skills.into(),
        holidays: fields.holidays.into(),
    };
    let view = app
        .desk
        .routing()
        .set_rules(&actor, patch, expected)
        .await?;
    let version = view.version;
    Ok(Answer::of(OneRouting::new(view))
        .message("saved")
        .version(version))
}
