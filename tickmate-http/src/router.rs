//! The routes, as one table.

use std::sync::Arc;

use axum::{
    Router,
    extract::OriginalUri,
    middleware,
    routing::{delete, get, patch, post, put},
};
use tickmate_core::desk::{Desk, DeskError};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    Accounts, HttpSettings,
    frame::frame,
    problem::Problem,
    routes::{admin, auth, document::Document, health, metrics, tickets},
    state::App,
};

/// The REST API over a desk. It works under any path that it is nested at.
///
/// Its own routes are under `/api`, beside `/healthz`, `/readyz` and `/metrics`, and `/auth/verify-email`, which the
/// links in mails lead to where no front end takes them.
pub fn router(desk: Arc<Desk>, settings: HttpSettings) -> Router {
    let accounts = match &settings.accounts {
        Accounts::BuiltIn => built_in_accounts(),
        Accounts::Host(_) => Router::new(),
    };
    let (documented, document) = OpenApiRouter::new()
        .nest("/api", documented_api())
        .split_for_parts();
    let document = Document::new(document, settings.clone());
    let app = Arc::new(App::new(desk, settings));
    Router::new()
        .merge(documented)
        .nest("/api", api())
        .route(
            "/api/openapi.json",
            get(async move |uri: OriginalUri| document.show(&uri)),
        )
        .merge(accounts)
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready))
        .route("/metrics", get(metrics::show))
        .fallback(async || Problem::from(DeskError::NotFound))
        .method_not_allowed_fallback(async || Problem::method_not_allowed())
        .layer(middleware::from_fn_with_state(Arc::clone(&app), frame))
        .with_state(app)
}

fn documented_api() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(tickets::list::list, tickets::create::create))
        .routes(routes!(tickets::list::assigned))
        .routes(routes!(tickets::status::put))
        .routes(routes!(
            tickets::edit::edit,
            tickets::edit::edit_or_set_status
        ))
        .routes(routes!(tickets::status::set))
}

#[rustfmt::skip]
fn api() -> Router<Arc<App>> {
    Router::new()
        .route("/auth/user",                 get(auth::profile::show))
        .route("/auth/profile",              get(auth::profile::show))
        .route("/auth/me",                   get(auth::profile::show))
        .route("/auth/update-skills",        put(auth::skills::set))
        .route("/auth/availability",         put(auth::availability::set))

        .route("/tickets/summary",           get(tickets::summary::show))
        .route("/tickets/{id}",              get(tickets::read::read))
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
