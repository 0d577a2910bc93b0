//! `POST /auth/verify`: proves by the token of a mail that one reads it.

use std::sync::Arc;

use axum::extract::State;
use deserr::Deserr;
use tickmate_core::desk::DeskError;
use utoipa::ToSchema;

use crate::{
    answer::{Answer, Nothing},
    extract::{Body, Input},
    problem::Problem,
    requests::Token,
    state::App,
};

/// What proves that the user reads mails to the address.
#[derive(Deserr, ToSchema)]
#[deserr(deny_unknown_fields)]
#[serde(deny_unknown_fields)]
pub(crate) struct Verify {
    /// The token of the link in the mail.
    token: Token,
}

/// Verifies an e-mail address by the token of a mail.
#[utoipa::path(
    post,
    path = "/auth/verify",
    operation_id = "verifyEmail",
    tag = "accounts",
    request_body = Verify,
    responses((status = OK, description = "The address is verified.", body = Answer<Nothing>)),
    extensions(("x-codes" = json!(["invalid_token"]))),
)]
pub(crate) async fn verify(
    State(app): State<Arc<App>>,
    input: Input<Body<Verify>>,
) -> Result<Answer<Nothing>, Problem> {
    let Body(fields) = input.parse().await?;
    let token = fields.token.0.ok_or(DeskError::InvalidToken)?;
    app.desk.auth().verify_email(&token).await?;
    Ok(Answer::of(Nothing {}).message("the e-mail address is verified"))
}
