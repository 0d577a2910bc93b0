//! `GET /auth/user`: who one is, verified or not. With `?email=` admins see who somebody else is.

use std::sync::Arc;

use axum::extract::State;
use deserr::Deserr;
use utoipa::ToSchema;

use crate::{
    answer::Answer,
    extract::{Input, Parameters, SignedIn},
    problem::Problem,
    requests::{Email, Optional},
    routes::admin::users::demand_admin,
    state::App,
    wire::{OneUser, User},
};

/// Which user is asked for.
#[derive(Debug, Deserr, ToSchema)]
#[deserr(deny_unknown_fields)]
#[serde(deny_unknown_fields)]
pub(crate) struct ShowUser {
    /// For admins: the address of the user. The caller without it.
    #[deserr(default)]
    #[serde(default)]
    email: Optional<Email>,
}

/// Returns the caller, verified or not.
///
/// With `email` admins see another user.
#[utoipa::path(
    get,
    path = "/auth/user",
    operation_id = "getUser",
    tag = "accounts",
    params(Parameters<ShowUser>),
    responses((status = OK, description = "The user.", body = Answer<OneUser>, headers(("ETag" = String, description = "The version of the user.")))),
    extensions(("x-roles" = json!(["user", "moderator", "admin"])), ("x-codes" = json!(["not_found"]))),
)]
pub(crate) async fn show(
    State(app): State<Arc<App>>,
    SignedIn(caller): SignedIn,
    input: Input<Parameters<ShowUser>>,
) -> Result<Answer<OneUser>, Problem> {
    let asks_for_another = input.has_parameter("email");
    let actor = match asks_for_another {
        true => {
            let actor = caller.actor()?;
            demand_admin(&actor)?;
            Some(actor)
        }
        false => None,
    };
    let Parameters(query) = input.parse().await?;
    let user = match actor.zip(query.email.into()) {
        None => caller.user,
        Some((actor, email)) => {
            let email: String = email;
            app.desk.users().get_by_email(&actor, &email).await?
        }
    };
    let version = user.version;
    let user = User::new(&user, app.settings.legacy_ids);
    Ok(Answer::of(OneUser { user }).version(version))
}
