//! `POST /auth/logout`: ends the login at once. Doing it again with the same token is no error.

use std::sync::Arc;

use axum::extract::{FromRequestParts, Request, State};
use http::header;

use super::cookie;
use crate::{
    answer::{Answer, Nothing},
    extract::{SignedIn, credential, is_same_origin},
    problem::Problem,
    state::App,
};

/// Ends the login at once.
///
/// The same token again is no error.
#[utoipa::path(
    post,
    path = "/auth/logout",
    operation_id = "logOut",
    tag = "accounts",
    responses((status = OK, description = "The login has ended.", body = Answer<Nothing>, headers(("Set-Cookie" = String, description = "The cookie that holds the login.")))),
    extensions(("x-roles" = json!(["user", "moderator", "admin"]))),
)]
pub(crate) async fn logout(
    State(app): State<Arc<App>>,
    request: Request,
) -> Result<Answer<Nothing>, Problem> {
    let (mut parts, _body) = request.into_parts();
    match SignedIn::from_request_parts(&mut parts, &app).await {
        Ok(SignedIn(caller)) => app.desk.auth().logout(&caller).await?,
        Err(problem) => {
            let credential = credential(&parts.headers, app.cookie_name())?;
            let allowed = !credential.is_cookie() || is_same_origin(&parts, &app.settings);
            // A login that ended by itself, or was ended before.
            if !problem.is_unauthenticated()
                || !allowed
                || !app.desk.auth().is_own_session(credential.token())
            {
                return Err(problem);
            }
        }
    }
    let answer = Answer::of(Nothing {}).message("logged out");
    Ok(match cookie::clear(&app) {
        Some(cookie) => answer.header(header::SET_COOKIE, cookie),
        None => answer,
    })
}
