//! The routes, as one table.

use std::sync::Arc;

use axum::{Router, extract::OriginalUri, routing::get};
use tickmate_core::desk::{Desk, DeskError};
use utoipa::openapi::{OpenApi, path::PathItem};
use utoipa_axum::{
    router::{OpenApiRouter, UtoipaMethodRouter},
    routes,
};

use crate::{
    Accounts, ApiDocs, DeskApi, HttpSettings, document,
    problem::Problem,
    routes::{
        admin::{
            ai_usage, jobs, mail, preview, routing, suppressions, triage as admin_triage, users,
        },
        auth::{
            availability, first_admin, login, logout, profile, register, resend, skills, verify,
            verify_page,
        },
        docs_page,
        document::Document,
        health, metrics,
        tickets::{
            assign, create, edit, explain, history, list, read, reply, review, status, summary,
            triage,
        },
    },
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
    let (documented, document) = documented(api.settings()).split_for_parts();
    Router::new()
        .merge(documented)
        .merge(docs(document, api.settings()))
        .fallback(async || Problem::from(DeskError::NotFound))
        .method_not_allowed_fallback(async || Problem::method_not_allowed())
        .layer(api.outer_layer())
        .with_state(Arc::clone(api.app()))
}

/// Returns the OpenAPI 3.1 document of [`router()`] with these settings, as JSON.
///
/// The router serves the same document at `/api/openapi.json`. Where it is nested under a path, the served document
/// names that path under `servers`.
pub fn openapi(settings: &HttpSettings) -> String {
    let document = documented(settings).into_openapi();
    document::complete(&document, settings).to_string()
}

/// Returns every route that stands in the document.
fn documented(settings: &HttpSettings) -> OpenApiRouter<Arc<App>> {
    let router = OpenApiRouter::new()
        .nest("/api", api())
        .nest("/api", admin_api())
        .merge(operations(settings));
    match settings.accounts {
        Accounts::BuiltIn => router.nest("/api", built_in_accounts()).routes(at(
            "/auth/verify-email",
            "showVerificationPage",
            routes!(verify_page::show),
        )),
        Accounts::Host(_) => router,
    }
}

fn api() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(profile::show))
        .routes(at("/auth/profile", "getProfile", routes!(profile::show)))
        .routes(at("/auth/me", "getMe", routes!(profile::show)))
        .routes(routes!(skills::set))
        .routes(routes!(availability::set))
        .routes(routes!(list::list, create::create))
        .routes(routes!(list::assigned))
        .routes(routes!(summary::show))
        .routes(routes!(status::put))
        .routes(routes!(read::read, edit::edit, edit::edit_or_set_status))
        .routes(routes!(status::set))
        .routes(routes!(reply::list, reply::reply))
        .routes(routes!(assign::assign))
        .routes(routes!(triage::again))
        .routes(routes!(review::review))
        .routes(routes!(history::list))
        .routes(routes!(explain::show))
}

/// Returns the routes of admins.
fn admin_api() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(users::list))
        .routes(routes!(users::update))
        .routes(routes!(routing::show, routing::set))
        .routes(routes!(preview::preview))
        .routes(routes!(admin_triage::show, admin_triage::set))
        .routes(routes!(admin_triage::relearn))
        .routes(routes!(ai_usage::list))
        .routes(routes!(mail::list))
        .routes(routes!(mail::retry_all))
        .routes(routes!(mail::retry))
        .routes(routes!(suppressions::list, suppressions::add))
        .routes(routes!(suppressions::remove))
        .routes(routes!(jobs::list))
        .routes(routes!(jobs::retry_all))
        .routes(routes!(jobs::retry))
}

/// Returns the routes that exist only where users have accounts of the desk's own.
fn built_in_accounts() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(register::register))
        .routes(routes!(login::login))
        .routes(routes!(logout::logout))
        .routes(routes!(verify_page::show, verify::verify))
        .routes(routes!(resend::resend))
        .routes(at(
            "/auth/resend-verification-email",
            "resendVerificationEmail",
            routes!(resend::resend),
        ))
        .routes(routes!(first_admin::create))
}

/// Returns the probes, and the figures where a token opens them.
fn operations(settings: &HttpSettings) -> OpenApiRouter<Arc<App>> {
    let probes = OpenApiRouter::new()
        .routes(routes!(health::alive))
        .routes(routes!(health::ready));
    match settings.metrics_token {
        Some(_) => probes.routes(routes!(metrics::show)),
        None => probes,
    }
}

/// Returns the routes by which the API describes itself.
fn docs(document: OpenApi, settings: &HttpSettings) -> Router<Arc<App>> {
    let document = Document::new(document, settings.clone());
    let of_document = Router::new().route(
        "/api/openapi.json",
        get(async move |uri: OriginalUri| document.show(&uri)),
    );
    match settings.api_docs {
        ApiDocs::Off => Router::new(),
        ApiDocs::Document => of_document,
        ApiDocs::Page => of_document
            .route("/api/docs", get(docs_page::redirect))
            .route("/api/docs/", get(docs_page::page))
            .route("/api/docs/{file}", get(docs_page::asset)),
    }
}

/// Serves a documented handler under another path, too.
fn at(
    path: &str,
    operation_id: &str,
    routes: UtoipaMethodRouter<Arc<App>>,
) -> UtoipaMethodRouter<Arc<App>> {
    let (schemas, mut paths, handlers) = routes;
    let renamed = |mut item: PathItem| {
        let operations = [&mut item.get, &mut item.put, &mut item.post];
        for operation in operations.into_iter().flatten() {
            operation.operation_id = Some(operation_id.to_owned());
        }
        (path.to_owned(), item)
    };
    paths.paths = paths.paths.into_values().map(renamed).collect();
    (schemas, paths, handlers)
}
