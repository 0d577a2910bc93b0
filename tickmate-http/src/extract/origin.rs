//! The same-origin check, by the headers that browsers add to a request.

use axum::extract::{FromRef, FromRequestParts};
use http::{HeaderMap, HeaderName, header, request::Parts};

use crate::{DeskApi, HttpSettings, Problem};

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// An extractor that refuses a request, with 403 `cross_site`, unless a page of the same origin sent it.
///
/// For writes that a browser sends with credentials other than the desk's, such as a cookie of the application's own.
/// [`SignedIn`](crate::SignedIn) and [`Acting`](crate::Acting) include this check for writes by cookie.
#[derive(Debug)]
pub struct SameOrigin;

impl<S> FromRequestParts<S> for SameOrigin
where
    DeskApi: FromRef<S>,
    S: Send + Sync,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        match is_same_origin(parts, DeskApi::from_ref(state).settings()) {
            true => Ok(Self),
            false => Err(Problem::cross_site()),
        }
    }
}

/// Returns whether the browser says that a page of this origin, or of `app_origin`, sent the request.
///
/// A request without `Sec-Fetch-Site` and `Origin` is not from the same origin.
pub fn is_same_origin(parts: &Parts, settings: &HttpSettings) -> bool {
    let text = |name: &HeaderName| single(&parts.headers, name);
    if matches!(text(&SEC_FETCH_SITE), Some("same-origin" | "none")) {
        return true;
    }
    let Some(origin) = text(&header::ORIGIN) else {
        return false;
    };
    let app_origin = settings.app_origin.as_deref();
    if app_origin.is_some_and(|app| app.trim_end_matches('/').eq_ignore_ascii_case(origin)) {
        return true;
    }
    let host = text(&header::HOST).or_else(|| parts.uri.authority().map(|host| host.as_str()));
    let own = match origin.split_once("://") {
        Some(("https", authority)) => Some(authority),
        Some(("http", authority)) if !settings.secure_cookies => Some(authority),
        _ => None,
    };
    matches!((own, host), (Some(own), Some(host)) if own.eq_ignore_ascii_case(host))
}

fn single<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (Some(value), None) => value.to_str().ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn silence_and_strangers_are_refused() {
        let plain = HttpSettings::default();
        let app = HttpSettings {
            app_origin: Some("http://localhost:5173/".to_owned()),
            ..HttpSettings::default()
        };
        let secure = HttpSettings {
            secure_cookies: true,
            ..HttpSettings::default()
        };
        for (settings, lines, same) in [
            (&plain, vec![], false),
            (&plain, vec![("sec-fetch-site", "same-origin")], true),
            (&plain, vec![("sec-fetch-site", "none")], true),
            (&plain, vec![("sec-fetch-site", "same-site")], false),
            (&plain, vec![("sec-fetch-site", "cross-site")], false),
            (&plain, vec![("origin", "http://desk.example:5000")], true),
            (&plain, vec![("origin", "http://desk.example")], false),
            (&plain, vec![("origin", "null")], false),
            (&plain, vec![("origin", "http://localhost:5173")], false),
            (&app, vec![("origin", "http://localhost:5173")], true),
            (&secure, vec![("origin", "http://desk.example:5000")], false),
            (&secure, vec![("origin", "https://desk.example:5000")], true),
            (
                &plain,
                vec![
                    ("sec-fetch-site", "cross-site"),
                    ("origin", "http://evil.example"),
                ],
                false,
            ),
        ] {
            let mut request = http::Request::post("/").header("host", "desk.example:5000");
            for (name, value) in &lines {
                request = request.header(*name, *value);
            }
            let (parts, ()) = request.body(()).unwrap().into_parts();
            assert_eq!(is_same_origin(&parts, settings), same, "{lines:?}");
        }
    }
}
