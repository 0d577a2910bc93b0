//! `POST /auth/verify`: proves by the token of a mail that one reads it.

use std::sync::Arc;

use axum::extract::State;
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
    let given = fields.has("token");
    let token = fields.text("token");
    match fields.end() {
        Ok(()) => {}
        // A token of whatever form is answered like one that never was.
        Err(problem) if !given => return Err(problem),
        Err(_) => return Err(DeskError::InvalidToken.into()),
    }
    app.desk.verify_email(&token).await?;
    Ok(Answer::of(Nothing {}).message("the e-mail address is verified"))
}
