//! `POST /auth/register`: joining. The answer is alike whether or not the address is known.

use std::sync::Arc;

use axum::extract::State;
use http::StatusCode;
use tickmate_core::desk::Registration;

use crate::{
    answer::{Answer, Nothing},
    extract::{Fields, Input},
    problem::Problem,
    state::App,
};

pub(crate) async fn register(
    State(app): State<Arc<App>>,
    input: Input,
) -> Result<Answer<Nothing>, Problem> {
    let mut fields = input.fields().await?;
    let registration = registration(&mut fields);
    // Existing front ends send these. Nobody gets a role by asking for it.
    fields.pass_over("role");
    fields.pass_over("confirmPassword");
    fields.end()?;
    app.desk.auth().register(registration).await?;
    Ok(Answer::of(Nothing {})
        .status(StatusCode::ACCEPTED)
        .message("check your mails to go on"))
}

fn registration(fields: &mut Fields) -> Registration {
    Registration {
        email: fields.text("email"),
        password: fields.text("password"),
        name: fields.text_if("name"),
        username: fields.text_if("username"),
        skills: fields.skills_if("skills").unwrap_or_default(),
    }
}
