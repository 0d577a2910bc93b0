//! `POST /auth/login`: a token for a password, in the body and as a cookie.

use std::sync::Arc;

use axum::extract::State;
use deserr::Deserr;
use http::header;
use serde::Serialize;
use tickmate_core::desk::{Credentials, DeskError};
use utoipa::ToSchema;

use super::cookie;
use crate::{
    answer::Answer,
    extract::{Body, Input, Network},
    problem::Problem,
    requests::{Credential, Ignored, InvalidInput, Optional},
    state::App,
    wire::User,
};

/// Who logs in: `email` or `identifier` is needed.
#[derive(Deserr, ToSchema)]
#[deserr(rename_all = camelCase, deny_unknown_fields)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct LogIn {
    #[deserr(default)]
    #[serde(default)]
    email: Optional<Credential>,
    /// The address or the username.
    #[deserr(default)]
    #[serde(default)]
    identifier: Optional<Credential>,
    #[deserr(default)]
    password: Optional<Credential>,
    /// Sent by older clients. It means nothing.
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

/// A token, and who logged in.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LogInAnswer {
    token: String,
    user: User,
}

/// Logs in.
///
/// The token is answered, and set as a cookie.
#[utoipa::path(
    post,
    path = "/auth/login",
    operation_id = "logIn",
    tag = "accounts",
    request_body = LogIn,
    responses((status = OK, description = "The token, and the user.", body = Answer<LogInAnswer>, headers(("Set-Cookie" = String, description = "The cookie that holds the login.")))),
    extensions(("x-codes" = json!(["wrong_credentials", "email_not_verified", "too_many_tries"]))),
)]
pub(crate) async fn login(
    State(app): State<Arc<App>>,
    Network(network): Network,
    input: Input<Body<LogIn>>,
) -> Result<Answer<LogInAnswer>, Problem> {
    let Body(fields) = input.parse().await?;
    let credentials = fields.credentials(network)?;
    let login = app.desk.auth().login(credentials).await?;
    let cookie = cookie::set(&app, &login, app.desk.now());
    let cookie = cookie.ok_or(DeskError::Internal("a token was no header value"))?;
    let user = User::new(&login.user, app.settings.legacy_ids);
    let token = login.token;
    Ok(Answer::of(LogInAnswer { token, user })
        .message("logged in")
        .header(header::SET_COOKIE, cookie))
}

impl LogIn {
    /// Returns the password, and the name to log in by: that of either field, or of both where they are the same.
    fn credentials(self, network: String) -> Result<Credentials, InvalidInput> {
        let mut invalid = InvalidInput::default();
        let password: Option<String> = self.password.into();
        if password.is_none() {
            invalid.add("password", "is needed");
        }
        let identifier: Option<String> = self.identifier.into();
        let email: Option<String> = self.email.into();
        match (&identifier, &email) {
            (Some(identifier), Some(email))
                if !identifier.trim().eq_ignore_ascii_case(email.trim()) =>
            {
                invalid.add("identifier", "is another than email");
            }
            (None, None) => invalid.add("email", "is needed"),
            _ => {}
        }
        let credentials = password.zip(identifier.or(email));
        let credentials = credentials.map(|(password, identifier)| Credentials {
            identifier,
            password,
            network,
        });
        match credentials {
            Some(credentials) if invalid.is_empty() => Ok(credentials),
            _ => Err(invalid),
        }
    }
}
