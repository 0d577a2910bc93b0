//! `GET /api/docs/`: a page that shows the OpenAPI document and tries its operations (Swagger UI).

use std::sync::{Arc, OnceLock};

use axum::{
    extract::Path,
    response::{IntoResponse, Response},
};
use http::{HeaderValue, StatusCode, header};
use tickmate_core::desk::DeskError;
use utoipa_swagger_ui::Config;

use crate::problem::Problem;

/// The page loads its own files, and asks its own origin alone. Swagger UI writes style attributes and icons.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
     connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
);

/// The document, relative to the page.
const DOCUMENT: &str = "../openapi.json";

/// Answers the page.
pub(crate) async fn page() -> Result<Response, Problem> {
    file("index.html")
}

/// Answers a file that the page loads.
pub(crate) async fn asset(Path(name): Path<String>) -> Result<Response, Problem> {
    file(&name)
}

/// Leads from the path without a slash at its end, from which the page would not find its files.
pub(crate) async fn redirect() -> Response {
    let location = (header::LOCATION, HeaderValue::from_static("docs/"));
    let message = crate::answer::Answer::of(crate::answer::Nothing {});
    let mut response = message.message("the page is at docs/").into_response();
    *response.status_mut() = StatusCode::PERMANENT_REDIRECT;
    response.headers_mut().extend([location]);
    response
}

fn file(name: &str) -> Result<Response, Problem> {
    static CONFIG: OnceLock<Arc<Config<'static>>> = OnceLock::new();
    let config = CONFIG.get_or_init(|| Arc::new(Config::new([DOCUMENT]).validator_url("none")));
    let file = utoipa_swagger_ui::serve(name, Arc::clone(config))
        .map_err(|_| DeskError::Internal("a file of the page could not be made"))?;
    let file = file.ok_or(DeskError::NotFound)?;
    let content_type = HeaderValue::from_str(&file.content_type)
        .map_err(|_| DeskError::Internal("a content type was no header value"))?;
    let headers = [
        (header::CONTENT_TYPE, content_type),
        (header::CONTENT_SECURITY_POLICY, POLICY),
    ];
    Ok((headers, file.bytes.into_owned()).into_response())
}
