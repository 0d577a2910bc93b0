//! `PUT /auth/update-skills`: what one can do, and how well.

use std::sync::Arc;

use axum::extract::State;
use deserr::Deserr;
use utoipa::ToSchema;

use crate::{
    answer::Answer,
    document::IfMatch,
    extract::{Input, SignedIn, Update},
    problem::Problem,
    requests::Skills,
    state::App,
    wire::{OneUser, User},
};

/// The skills of the caller.
#[derive(Debug, Deserr, ToSchema)]
#[deserr(deny_unknown_fields)]
#[serde(deny_unknown_fields)]
pub(crate) struct SetSkills {
    skills: Skills,
}

/// Sets the skills of the caller.
#[utoipa::path(
    put,
    path = "/auth/update-skills",
    operation_id = "setSkills",
    tag = "accounts",
    params(IfMatch),
    request_body = Update<SetSkills>,
    responses((status = OK, description = "The user as it is now.", body = Answer<OneUser>, headers(("ETag" = String, description = "The version of the user.")))),
    extensions(("x-roles" = json!(["user", "moderator", "admin"]))),
)]
pub(crate) async fn set(
    State(app): State<Arc<App>>,
    SignedIn(caller): SignedIn,
    input: Input<Update<SetSkills>>,
) -> Result<Answer<OneUser>, Problem> {
    caller.actor()?;
    let Update { fields, expected } = input.parse().await?;
    let skills = fields.skills.into_vec();
    let changed = app
        .desk
        .users()
        .set_own_skills(&caller, &skills, expected)
        .await?;
    let user = User::new(&changed, app.settings.legacy_ids);
    Ok(Answer::of(OneUser { user })
        .message("saved")
        .version(changed.version))
}
