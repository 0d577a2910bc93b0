//! `POST /auth/resend-verification`: the link to verify an address, once more. The answer is always alike.

use std::sync::Arc;

use axum::extract::State;
use http::StatusCode;

use crate::{
    answer::{Answer, Nothing},
    extract::Input,
    problem::Problem,
    state::App,
};

pub(crate) async fn resend(
    State(app): State<Arc<App>>,
    input: Input,
) -> Result<Answer<Nothing>, Problem> {
    let mut fields = input.fields().await?;
    let email = fields.text("email");
    fields.end()?;
    app.desk.auth().resend_verification(&email).await?;
    Ok(Answer::of(Nothing {})
        .status(StatusCode::ACCEPTED)
        .message("if this address waits to be verified, a mail is on its way"))
}
