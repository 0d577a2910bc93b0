//! `POST /auth/login`: a token for a password, in the body and as a cookie.

use std::sync::Arc;

use axum::extract::State;
use http::header;
use serde::Serialize;
use tickmate_core::desk::{Credentials, DeskError};

use super::cookie;
use crate::{
    answer::Answer,
    extract::{Fields, Input, Network},
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
    let password = fields.text("password");
    let identifier = identifier(&mut fields);
    fields.pass_over("role");
    fields.pass_over("confirmPassword");
    fields.end()?;
    let credentials = Credentials {
        identifier,
        password,
        network,
    };
    let login = app.desk.auth().login(credentials).await?;
    let cookie = cookie::set(&app, &login, app.desk.now());
    let cookie = cookie.ok_or(DeskError::Internal("a token was no header value"))?;
    let user = User::new(&login.user, app.settings.legacy_ids);
    let token = login.token;
    Ok(Answer::of(Token { token, user })
        .message("logged in")
        .header(header::SET_COOKIE, cookie))
}

/// Who logs in, by `email` or `identifier`; by both where they say the same.
fn identifier(fields: &mut Fields) -> String {
    let by_identifier = fields.has("identifier");
    let by_email = fields.has("email") || !by_identifier;
    let identifier = by_identifier.then(|| needed(fields, "identifier"));
    let email = by_email.then(|| needed(fields, "email"));
    if let (Some(Some(identifier)), Some(Some(email))) = (&identifier, &email)
        && !identifier.trim().eq_ignore_ascii_case(email.trim())
    {
        fields.refuse("identifier", "is another than email");
    }
    identifier.or(email).flatten().unwrap_or_default()
}

/// A text that is not empty. Where it is none, that is noted once.
fn needed(fields: &mut Fields, name: &str) -> Option<String> {
    if !fields.has(name) {
        fields.refuse(name, "is needed");
        return None;
    }
    let text = fields.text_if(name)?;
    if text.is_empty() {
        fields.refuse(name, "is needed");
        return None;
    }
    Some(text)
}
