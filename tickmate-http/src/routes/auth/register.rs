//! `POST /auth/register`: joining. The answer is alike whether or not the address is known.

use std::sync::Arc;

use axum::extract::State;
use deserr::Deserr;
use http::StatusCode;
use tickmate_core::desk::Registration;
use utoipa::ToSchema;

use crate::{
    answer::{Answer, Nothing},
    extract::{Body, Input},
    problem::Problem,
    requests::{Email, Ignored, NewPassword, Optional, OptionalName, Skills, Username},
    state::App,
};

/// An account to make.
#[derive(Deserr, ToSchema)]
#[deserr(rename_all = camelCase, deny_unknown_fields)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Register {
    email: Email,
    password: NewPassword,
    #[deserr(default)]
    #[serde(default)]
    name: Optional<OptionalName>,
    /// A short name to log in by.
    #[deserr(default)]
    #[serde(default)]
    username: Optional<Username>,
    /// They count once the user joins the staff.
    #[deserr(default)]
    #[serde(default)]
    skills: Optional<Skills>,
    /// Sent by older clients. It means nothing: an admin gives roles.
    #[deserr(default)]
    #[serde(default)]
    #[expect(dead_code, reason = "it is read so that it is known")]
    role: Ignored,
    /// Sent by older clients. It means nothing.
    #[deserr(default)]
    #[serde(default)]
    #[expect(dead_code, reason = "it is read so that it is known")]
    confirm_password: Ignored,
}

/// Makes an account.
///
/// The answer is alike whether or not the address is known: a mail says which.
#[utoipa::path(
    post,
    path = "/auth/register",
    operation_id = "register",
    tag = "accounts",
    request_body = Register,
    responses((status = ACCEPTED, description = "A mail is on its way.", body = Answer<Nothing>)),
    extensions(("x-codes" = json!(["username_taken", "too_many_tries"]))),
)]
pub(crate) async fn register(
    State(app): State<Arc<App>>,
    input: Input<Body<Register>>,
) -> Result<Answer<Nothing>, Problem> {
    let Body(fields) = input.parse().await?;
    app.desk.auth().register(fields.into()).await?;
    Ok(Answer::of(Nothing {})
        .status(StatusCode::ACCEPTED)
        .message("check your mails to go on"))
}

impl From<Register> for Registration {
    fn from(fields: Register) -> Self {
        Self {
            email: fields.email.into(),
            password: fields.password.into(),
            name: fields.name.into(),
            username: fields.username.into(),
            skills: fields.skills.into().unwrap_or_default(),
        }
    }
}
