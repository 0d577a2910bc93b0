//! The routes, as one table.

use std::sync::Arc;

use axum::{
    Router,
    routing::{delete, get, patch, post, put},
};
use tickmate_core::desk::{Desk, DeskError};

use crate::{
    Accounts, DeskApi, HttpSettings,
    problem::Problem,
    routes::{admin, auth, health, metrics, tickets},
    state::App,
};

/// The REST API over a desk. It works under any path that it is nested at.
///
/// Its own routes are under `/api`, beside `/healthz`, `/readyz` and `/metrics`, and `/auth/verify-email`, which the
/// links in mails lead to where no front end takes them.
///
/// An application with routes of its own on the same desk uses [`DeskApi`].
pub fn router(desk: Arc<Desk>, settings: HttpSettings) -> Router {
    DeskApi::new(desk, settings).router()
}

pub(crate) fn desk_router(api: &DeskApi) -> Router {
    let accounts = match &api.settings().accounts {
        Accounts::BuiltIn => built_in_accounts(),
        Accounts::Host(_) => Router::new(),
    };
    Router::new()
        .nest("/api", api_routes())
        .merge(accounts)
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready))
        .route("/metrics", get(metrics::show))
        .fallback(async || Problem::from(DeskError::NotFound))
        .method_not_allowed_fallback(async || Problem::method_not_allowed())
        .layer(api.outer_layer())
        .with_state(Arc::clone(api.app()))
}

#[rustfmt::skip]
fn api_routes() -> Router<Arc<App>> {
    Router::new()
        .route("/auth/user",                 get(auth::profile::show))
        .route("/auth/profile",              get(auth::profile::show))
        .route("/auth/me",                   get(auth::profile::show))
        .route("/auth/update-skills",        put(auth::skills::set))
        .route("/auth/availability",         put(auth::availability::set))

        .route("/tickets",                   get(tickets::list::list).post(tickets::create::create))
        .route("/tickets/assigned",          get(tickets::list::assigned))
        .route("/tickets/summary",           get(tickets::summary::show))
        .route("/tickets/status/{id}",       put(tickets::status::set))
        .route("/tickets/{id}",              get(tickets::read::read).patch(tickets::edit::edit).put(tickets::edit::edit_or_set_status))
        .route("/tickets/{id}/status",       patch(tickets::status::set))
        .route("/tickets/{id}/replies",      get(tickets::reply::list).post(tickets::reply::reply))
        .route("/tickets/{id}/assign",       post(tickets::assign::assign))
        .route("/tickets/{id}/triage",       post(tickets::triage::again))
        .route("/tickets/{id}/review",       post(tickets::review::review))
        .route("/tickets/{id}/history",      get(tickets::history::list))
        .route("/tickets/{id}/explain",      get(tickets::explain::show))

        .route("/admin/users",               get(admin::users::list))
        .route("/admin/users/{id}",          patch(admin::users::update))
        .route("/admin/routing",             get(admin::routing::show).put(admin::routing::set))
        .route("/admin/routing/preview",     post(admin::preview::preview))
        .route("/admin/triage",              get(admin::triage::show).put(admin::triage::set))
        .route("/admin/triage/relearn",      post(admin::triage::relearn))
        .route("/admin/ai-usage",            get(admin::ai_usage::list))
        .route("/admin/mail",                get(admin::mail::list))
        .route("/admin/mail/retry",          post(admin::mail::retry_all))
        .route("/admin/mail/{id}/retry",     post(admin::mail::retry))
        .route("/admin/mail/suppressions",   get(admin::suppressions::list).post(admin::suppressions::add))
        .route("/admin/mail/suppressions/{address}", delete(admin::suppressions::remove))
        .route("/admin/jobs",                get(admin::jobs::list))
        .route("/admin/jobs/retry",          post(admin::jobs::retry_all))
        .route("/admin/jobs/{key}/retry",    post(admin::jobs::retry))
}

/// What is there only where people have accounts of the desk's own.
#[rustfmt::skip]
fn built_in_accounts() -> Router<Arc<App>> {
    Router::new()
        .route("/api/auth/register",                  post(auth::register::register))
        .route("/api/auth/login",                     post(auth::login::login))
        .route("/api/auth/logout",                    post(auth::logout::logout))
        .route("/api/auth/verify",                    get(auth::verify_page::show).post(auth::verify::verify))
        .route("/api/auth/resend-verification",       post(auth::resend::resend))
        .route("/api/auth/resend-verification-email", post(auth::resend::resend))
        .route("/api/auth/first-admin",               post(auth::first_admin::create))
        .route("/auth/verify-email",                  get(auth::verify_page::show))
}
