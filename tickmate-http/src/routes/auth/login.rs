//! `POST /auth/login`: a token for a password, in the body and as a cookie.

use std::sync::Arc;

use axum::extract::State;
use http::header;
use serde::Serialize;
use tickmate_core::desk::{Credentials, DeskError};

use super::cookie;
use crate::{
    answer::Answer,
    extract::{Input, Network},
    problem::Problem,
    state::App,
    wire::User,
};

#[derive(Debug, Serialize)]
pub(crate) struct Token {
    token: String,
    user: User,
}

pub(crate) async fn login(
    State(app): State<Arc<App>>,
    Network(network): Network,
    input: Input,
) -> Result<Answer<Token>, Problem> {
    let mut fields = input.fields().await?;
    let email = fields.text_if("email");
    let identifier = match fields.has("identifier") {
        true => fields.text("identifier"),
        false => email.clone().unwrap_or_default(),
    };
    let password = fields.text("password");
    fields.pass_over("role");
    fields.pass_over("confirmPassword");
    if identifier.is_empty() {
        fields.refuse("email", "is needed");
    }
    fields.end()?;
    let credentials = Credentials {
        identifier,
        password,
        network,
    };
    let login = app.desk.login(credentials).await?;
    let cookie = cookie::set(&app, &login, app.desk.now());
    let cookie = cookie.ok_or(DeskError::Internal("a token was no header value"))?;
    let user = User::new(&login.user, app.settings.legacy_ids);
    let token = login.token;
    Ok(Answer::of(Token { token, user })
        .message("logged in")
        .header(header::SET_COOKIE, cookie))
}
