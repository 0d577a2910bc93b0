//! `POST /auth/resend-verification`: the link to verify an address, once more. The answer is always alike.

use std::sync::Arc;

use axum::extract::State;
use deserr::Deserr;
use http::StatusCode;
use utoipa::ToSchema;

use crate::{
    answer::{Answer, Nothing},
    extract::{Body, Input},
    problem::Problem,
    requests::Email,
    state::App,
};

/// Who needs another mail.
#[derive(Deserr, ToSchema)]
#[deserr(deny_unknown_fields)]
#[serde(deny_unknown_fields)]
pub(crate) struct ResendVerification {
    email: Email,
}

/// Sends the link to verify an address once more.
///
/// The answer is always alike.
#[utoipa::path(
    post,
    path = "/auth/resend-verification",
    operation_id = "resendVerification",
    tag = "accounts",
    request_body = ResendVerification,
    responses((status = ACCEPTED, description = "A mail is on its way, if the address waits to be verified.", body = Answer<Nothing>)),
    extensions(("x-codes" = json!(["too_many_tries"]))),
)]
pub(crate) async fn resend(
    State(app): State<Arc<App>>,
    input: Input<Body<ResendVerification>>,
) -> Result<Answer<Nothing>, Problem> {
    let Body(fields) = input.parse().await?;
    let email = String::from(fields.email);
    app.desk.auth().resend_verification(&email).await?;
    Ok(Answer::of(Nothing {})
        .status(StatusCode::ACCEPTED)
        .message("if this address waits to be verified, a mail is on its way"))
}
