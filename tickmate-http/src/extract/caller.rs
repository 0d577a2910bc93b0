//! The caller of a request, by `Authorization: Bearer`, by the cookie, or by the host's own login.
//!
//! The headers are parsed here instead of with `axum-extra`: its `CookieJar` keeps one of several cookies of the same
//! name and its `TypedHeader` the first of several headers, while a request with two credentials must be refused.

use axum::extract::{FromRef, FromRequestParts};
use cookie::Cookie;
use http::{HeaderMap, Method, header, request::Parts};
use tickmate_core::{
    desk::{Caller, DeskError},
    domain::access::Actor,
};

use super::is_same_origin;
use crate::{
    Accounts, Identify,
    problem::Problem,
    state::{App, DeskApi},
};

/// Extracts the user who is logged in, even if the address is not verified yet.
///
/// Refuses with 401 without a valid login, and with 403 `cross_site` if a write by cookie comes from another origin.
/// Works with every state from which a [`DeskApi`] can be extracted.
#[derive(Debug)]
pub struct SignedIn(pub Caller);

/// Extracts the user who is logged in and may act at the desk.
///
/// Refuses like [`SignedIn`], and with 403 if the address is not verified.
#[derive(Debug)]
pub struct Acting(pub Actor);

/// The credential that a request carries.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Credential<'a> {
    Bearer(&'a str),
    Cookie(&'a str),
}

impl<S> FromRequestParts<S> for SignedIn
where
    DeskApi: FromRef<S>,
    S: Send + Sync,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let api = DeskApi::from_ref(state);
        let app = api.app();
        let parts = &*parts;
        let (caller, by_cookie) = match &app.settings.accounts {
            Accounts::BuiltIn => signed_in_here(parts, app).await?,
            Accounts::Host(identify) => signed_in_at_host(parts, app, &**identify).await?,
        };
        if by_cookie && is_write(&parts.method) && !is_same_origin(parts, &app.settings) {
            return Err(Problem::cross_site());
        }
        Ok(Self(caller))
    }
}

impl<S> FromRequestParts<S> for Acting
where
    DeskApi: FromRef<S>,
    S: Send + Sync,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let SignedIn(caller) = SignedIn::from_request_parts(parts, state).await?;
        Ok(Self(caller.actor()?))
    }
}

async fn signed_in_here(parts: &Parts, app: &App) -> Result<(Caller, bool), Problem> {
    let credential = credential(&parts.headers, app.cookie_name())?;
    let caller = app.desk.auth().authenticate(credential.token()).await?;
    Ok((caller, matches!(credential, Credential::Cookie(_))))
}

async fn signed_in_at_host(
    parts: &Parts,
    app: &App,
    identify: &dyn Identify,
) -> Result<(Caller, bool), Problem> {
    let identified = identify.identify(parts).await?;
    let identified = identified.ok_or(DeskError::Unauthenticated)?;
    let caller = app.desk.users().upsert_host_user(&identified).await;
    let caller = caller.map_err(|error| match error {
        // The client did not send these fields.
        DeskError::Invalid(_) | DeskError::Conflict { .. } => {
            Problem::identity_refused(error.to_string())
        }
        other => other.into(),
    })?;
    let headers = &parts.headers;
    let by_cookie =
        headers.contains_key(header::COOKIE) && !headers.contains_key(header::AUTHORIZATION);
    Ok((caller, by_cookie))
}

impl<'a> Credential<'a> {
    pub(crate) const fn token(&self) -> &'a str {
        match self {
            Self::Bearer(token) | Self::Cookie(token) => token,
        }
    }

    pub(crate) const fn is_cookie(&self) -> bool {
        matches!(self, Self::Cookie(_))
    }
}

/// Returns the only credential of a request. `Authorization` takes precedence over the cookie; several of either count
/// as none.
pub(crate) fn credential<'a>(
    headers: &'a HeaderMap,
    cookie_name: &str,
) -> Result<Credential<'a>, DeskError> {
    let mut authorizations = headers.get_all(header::AUTHORIZATION).iter();
    if let Some(authorization) = authorizations.next() {
        let text = authorization.to_str().unwrap_or_default();
        let (scheme, token) = text.split_once(' ').unwrap_or_default();
        let token = token.trim();
        let fits = scheme.eq_ignore_ascii_case("bearer") && !token.is_empty();
        return match fits && authorizations.next().is_none() {
            true => Ok(Credential::Bearer(token)),
            false => Err(DeskError::Unauthenticated),
        };
    }
    let mut cookies = headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(Cookie::split_parse)
        .filter_map(Result::ok)
        .filter(|cookie| cookie.name() == cookie_name)
        .filter_map(|cookie| cookie.value_raw());
    match (cookies.next(), cookies.next()) {
        (Some(token), None) if !token.is_empty() => Ok(Credential::Cookie(token)),
        _ => Err(DeskError::Unauthenticated),
    }
}

fn is_write(method: &Method) -> bool {
    !method.is_safe()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(lines: &[(header::HeaderName, &'static str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(name, value.parse().unwrap());
        }
        headers
    }

    #[test]
    fn one_credential_counts() {
        use header::{AUTHORIZATION, COOKIE};
        for (lines, expected) in [
            (
                vec![(AUTHORIZATION, "Bearer a")],
                Some(Credential::Bearer("a")),
            ),
            (
                vec![(AUTHORIZATION, "bearer  a ")],
                Some(Credential::Bearer("a")),
            ),
            (
                vec![(COOKIE, "token=b"), (AUTHORIZATION, "Bearer a")],
                Some(Credential::Bearer("a")),
            ),
            (
                vec![(COOKIE, "x=1; token=b; y=")],
                Some(Credential::Cookie("b")),
            ),
            (vec![(COOKIE, "token=b"), (AUTHORIZATION, "")], None),
            (vec![(AUTHORIZATION, "Bearer")], None),
            (vec![(AUTHORIZATION, "Bearer ")], None),
            (vec![(AUTHORIZATION, "Basic a")], None),
            (
                vec![(AUTHORIZATION, "Bearer a"), (AUTHORIZATION, "Bearer a")],
                None,
            ),
            (vec![(COOKIE, "token=a; token=b")], None),
            (vec![(COOKIE, "token=")], None),
            (vec![(COOKIE, "mytoken=a")], None),
            (vec![], None),
        ] {
            let headers = headers(&lines);
            assert_eq!(credential(&headers, "token").ok(), expected, "{lines:?}");
        }
    }
}
