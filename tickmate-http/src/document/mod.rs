//! The OpenAPI document, derived from the handlers that the router is made of.

mod codes;
mod operations;
mod parameters;
mod schemas;
mod security;

pub(crate) use parameters::{IdempotencyKey, IfMatch, query_parameters};

use serde_json::{Value, json};
use utoipa::openapi::OpenApi;

use crate::HttpSettings;

/// Completes what the macros of the handlers generate: simple schemas, security schemes, and every error of each
/// operation.
///
/// The `servers` are omitted: the path under which the API is nested is known only to a request.
pub(crate) fn complete(document: &OpenApi, settings: &HttpSettings) -> Value {
    let mut document = serde_json::to_value(document).unwrap_or_default();
    document["openapi"] = json!("3.1.0");
    document["info"] = json!({
        "title": "TickMate",
        "description": "The REST API of the ticket desk. Everything is JSON. Errors are `application/problem+json` with \
            a stable `code`.",
        "license": { "name": "MIT", "identifier": "MIT" },
        "version": env!("CARGO_PKG_VERSION"),
    });
    document["tags"] = json!([
        { "name": "accounts", "description": "Users log in, and see and set what is theirs." },
        { "name": "tickets", "description": "Users write tickets, and staff works on them." },
        { "name": "admin", "description": "Admins look after users, rules, mails and jobs." },
        { "name": "operations", "description": "Probes and figures of the server, and this document." },
    ]);
    schemas::simplify(&mut document);
    operations::complete(&mut document, settings);
    security::add_schemes(&mut document, settings);
    document
}
