//! `POST /auth/first-admin`: the first admin, by the code that was printed at the start. Not there once one exists.

use std::sync::Arc;

use axum::extract::State;
use deserr::Deserr;
use http::StatusCode;
use tickmate_core::desk::{DeskError, FirstAdmin, Registration};
use utoipa::ToSchema;

use crate::{
    answer::Answer,
    extract::{Body, Input, Network},
    problem::Problem,
    requests::{Credential, Email, NewPassword, Optional, OptionalName},
    state::App,
    wire::{OneUser, User},
};

/// The first admin.
#[derive(Deserr, ToSchema)]
#[deserr(deny_unknown_fields)]
#[serde(deny_unknown_fields)]
pub(crate) struct CreateFirstAdmin {
    /// The code that the server printed at its start.
    code: Credential,
    email: Email,
    password: NewPassword,
    #[deserr(default)]
    #[serde(default)]
    name: Optional<OptionalName>,
}

/// Makes the first admin. Not found once one exists.
#[utoipa::path(
    post,
    path = "/auth/first-admin",
    operation_id = "createFirstAdmin",
    tag = "accounts",
    request_body = CreateFirstAdmin,
    responses((status = CREATED, description = "The admin.", body = Answer<OneUser>, headers(("ETag" = String, description = "The version of the user.")))),
    extensions(("x-codes" = json!(["not_found", "forbidden", "email_taken", "too_many_tries", "invalid_token"]))),
)]
pub(crate) async fn create(
    State(app): State<Arc<App>>,
    Network(network): Network,
    input: Input<Body<CreateFirstAdmin>>,
) -> Result<Answer<OneUser>, Problem> {
    if app.desk.auth().has_admin().await? {
        return Err(DeskError::NotFound.into());
    }
    let Body(fields) = input.parse().await?;
    let first = FirstAdmin {
        code: fields.code.into(),
        registration: Registration {
            email: fields.email.into(),
            password: fields.password.into(),
            name: fields.name.into(),
            ..Registration::default()
        },
        network,
    };
    let admin = app.desk.auth().create_first_admin(first).await?;
    let user = User::new(&admin, app.settings.legacy_ids);
    Ok(Answer::of(OneUser { user })
        .status(StatusCode::CREATED)
        .message("the first admin was made")
        .version(admin.version))
}
