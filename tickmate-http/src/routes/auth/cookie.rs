//! The cookie that holds a login in browsers.

use http::HeaderValue;
use tickmate_core::{
    desk::LoggedIn,
    domain::time::{Span, Timestamp},
};

use crate::state::App;

/// Sets the cookie for as long as the login lasts at most.
pub(super) fn set(app: &App, login: &LoggedIn, now: Timestamp) -> Option<HeaderValue> {
    cookie(app, &login.token, login.expires_at - now)
}

/// Makes browsers forget the cookie.
pub(super) fn clear(app: &App) -> Option<HeaderValue> {
    cookie(app, "", Span::zero())
}

fn cookie(app: &App, token: &str, life: Span) -> Option<HeaderValue> {
    let name = app.cookie_name();
    let secure = match app.settings.secure_cookies {
        true => "; Secure",
        false => "",
    };
    let seconds = life.num_seconds().max(0);
    let cookie =
        format!("{name}={token}; HttpOnly; SameSite=Lax; Path=/; Max-Age={seconds}{secure}");
    HeaderValue::from_str(&cookie).ok()
}
