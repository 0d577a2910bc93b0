//! `GET` and `PUT /admin/routing`: the rules of routing, and where the staff is thin.

use std::sync::Arc;

use axum::extract::State;
use tickmate_core::{
    desk::RoutingPatch,
    domain::{
        hours::Holidays,
        routing::{Policy, RoutingRules},
    },
};

use super::users::demand_admin;
use crate::{
    answer::Answer,
    extract::{Acting, Fields, Input},
    problem::Problem,
    state::App,
    wire::OneRouting,
};

/// The most bytes of a body: room for a dictionary of thousands of rows.
const MAX_BODY: usize = 4 * 1024 * 1024;

pub(crate) async fn show(
    State(app): State<Arc<App>>,
    Acting(actor): Acting,
    input: Input,
) -> Result<Answer<OneRouting>, Problem> {
    demand_admin(&actor)?;
    input.query().end()?;
    let view = app.desk.routing().rules(&actor).await?;
    let staffing = app.desk.routing().staffing(&actor).await?;
    let version = view.version;
    let routing = OneRouting::new(view).staffing(staffing, app.settings.legacy_ids);
    Ok(Answer::of(routing).version(version))
}

pub(crate) async fn set(
    State(app): State<Arc<App>>,
    Acting(actor): Acting,
    input: Input,
) -> Result<Answer<OneRouting>, Problem> {
    demand_admin(&actor)?;
    let (fields, expected) = input.update_within(MAX_BODY).await?;
    let patch = routing_patch(fields)?;
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

fn routing_patch(mut fields: Fields) -> Result<RoutingPatch, Problem> {
    let policy = fields.parsed_if("policy", |value| Policy::parse("policy", value));
    let skills = fields.parsed_if("skills", RoutingRules::parse_skills);
    let holidays = fields.parsed_if("holidays", Holidays::parse);
    fields.end()?;
    Ok(RoutingPatch {
        policy,
        skills,
        holidays,
    })
}
