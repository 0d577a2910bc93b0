//! The cookie that holds a login in browsers.

use cookie::{Cookie, SameSite, time::Duration};
use http::HeaderValue;
use tickmate_core::{
    desk::LoggedIn,
    domain::time::{Span, Timestamp},
};

use crate::state::App;

/// Sets the cookie for as long as the login lasts at most.
pub(super) fn set(app: &App, login: &LoggedIn, now: Timestamp) -> Option<HeaderValue> {
    header(app, &login.token, login.expires_at - now)
}

/// Makes browsers forget the cookie.
pub(super) fn clear(app: &App) -> Option<HeaderValue> {
    header(app, "", Span::zero())
}

fn header(app: &App, token: &str, life: Span) -> Option<HeaderValue> {
    let mut cookie = Cookie::build((app.cookie_name(), token))
        .http_only(true)
        .same_site(SameSite::Lax)
        .path("/")
        .max_age(Duration::seconds(life.num_seconds().max(0)));
    if app.settings.secure_cookies {
        cookie = cookie.secure(true);
    }
    HeaderValue::from_str(&cookie.build().to_string()).ok()
}
