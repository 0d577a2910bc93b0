//! The API, set up as the reference front ends know it.

use std::sync::Arc;

use axum::Router;
use tickmate::{
    desk::Desk,
    http::{Accounts, HttpSettings, MetricsToken},
};
use url::Url;

/// Returns whether people reach the desk by https.
pub(super) fn is_https(desk: &Desk) -> bool {
    desk.settings().app_url.starts_with("https:")
}

/// Creates the router of the API.
pub(super) fn router(desk: &Arc<Desk>, metrics_token: Option<MetricsToken>) -> Router {
    let origin = Url::parse(&desk.settings().app_url).map(|url| url.origin().ascii_serialization());
    let settings = HttpSettings {
        accounts: Accounts::BuiltIn,
        secure_cookies: is_https(desk),
        legacy_ids: true,
        app_origin: origin.ok(),
        metrics_token,
        ..HttpSettings::default()
    };
    tickmate::http::router(Arc::clone(desk), settings)
}
