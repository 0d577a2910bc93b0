//! `POST /auth/verify`: proves by the token of a mail that one reads it.

use std::sync::Arc;

use axum::extract::State;
use serde_json::Value;
use tickmate_core::desk::DeskError;

use crate::{
    answer::{Answer, Nothing},
    extract::Input,
    problem::Problem,
    state::App,
};

pub(crate) async fn verify(
    State(app): State<Arc<App>>,
    input: Input,
) -> Result<Answer<Nothing>, Problem> {
    let mut fields = input.fields().await?;
    let token = fields.value("token");
    fields.end()?;
    // A token of whatever form is answered like one that never was.
    let Some(Value::String(token)) = token else {
        return Err(DeskError::InvalidToken.into());
    };
    app.desk.auth().verify_email(&token).await?;
    Ok(Answer::of(Nothing {}).message("the e-mail address is verified"))
}
