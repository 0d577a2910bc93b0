//! Derives the errors of an operation, and the roles that may call it, from its handler.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::{
    codes::{Code, find_code},
    security,
};
use crate::{Accounts, HttpSettings};

/// The extension that names further codes of an operation, which nothing else implies.
const CODES: &str = "x-codes";
/// The extension that names the roles which may call an operation.
const ROLES: &str = "x-roles";
/// The extension of operations whose body is optional.
const OPTIONAL_BODY: &str = "x-optional-body";
/// The extension of operations that do not use the store, so that it can't cause errors.
const WITHOUT_STORE: &str = "x-without-store";

/// Completes every operation of the document.
pub(super) fn complete(document: &mut Value, settings: &HttpSettings) {
    let Some(paths) = document["paths"].as_object_mut() else {
        return;
    };
    for (path, item) in paths {
        for (method, operation) in item.as_object_mut().into_iter().flatten() {
            if let Some(operation) = operation.as_object_mut() {
                complete_operation(path, method, operation, settings);
            }
        }
    }
    document["components"]["schemas"]["Problem"] = problem();
}

fn complete_operation(
    path: &str,
    method: &str,
    operation: &mut Map<String, Value>,
    settings: &HttpSettings,
) {
    let named = names(operation.remove(CODES));
    let mut codes: BTreeSet<String> = named.into_iter().collect();
    codes.extend(implied_codes(path, method, operation, settings).map(str::to_owned));
    operation.remove(WITHOUT_STORE);
    if let Some(summary) = operation.get_mut("summary") {
        let text = summary.as_str().unwrap_or_default();
        *summary = text.trim_end_matches('.').into();
    }
    if operation.remove(OPTIONAL_BODY).is_some() {
        operation["requestBody"]["required"] = json!(false);
    }
    if let Some(roles) = operation.get(ROLES).cloned() {
        let roles = names(Some(roles)).join(", ");
        let description = operation.get("description").and_then(Value::as_str);
        let description = description.map_or(String::new(), |text| format!("{text}\n\n"));
        let described = format!("{description}Roles: {roles}.");
        operation.insert("description".to_owned(), described.into());
        if let Some(requirement) = security::requirement(settings) {
            operation.insert("security".to_owned(), requirement);
        }
    }
    let mut by_status: BTreeMap<u16, Vec<Code>> = BTreeMap::new();
    for code in codes.iter().filter_map(|name| find_code(name)) {
        by_status.entry(code.status).or_default().push(code);
    }
    let responses = operation.entry("responses").or_insert_with(|| json!({}));
    for (status, codes) in by_status {
        responses[status.to_string()] = refusal(status, &codes);
    }
    for response in responses
        .as_object_mut()
        .into_iter()
        .flat_map(Map::values_mut)
    {
        response["headers"]["X-Request-Id"] = json!({
            "description": "The id of the request, as it stands in the log.",
            "required": true,
            "schema": { "type": "string" },
        });
    }
}

/// Returns the codes that follow from method, path, parameters, body and roles.
fn implied_codes<'a>(
    path: &str,
    method: &'a str,
    operation: &Map<String, Value>,
    settings: &HttpSettings,
) -> impl Iterator<Item = &'static str> + use<'a> {
    let is_write = method != "get";
    let takes = |header: &str| {
        let parameters = operation.get("parameters").and_then(Value::as_array);
        let mut parameters = parameters.into_iter().flatten();
        parameters.any(|parameter| parameter["name"] == header)
    };
    let mut codes = vec!["internal"];
    if !operation.contains_key(WITHOUT_STORE) {
        codes.extend(["overloaded", "unavailable"]);
        if is_write {
            codes.extend(["record_full", "storage_full"]);
        }
    }
    if operation.contains_key(ROLES) {
        codes.extend([
            "unauthenticated",
            "email_not_verified",
            "forbidden",
            "validation_failed",
        ]);
        if is_write {
            codes.push("cross_site");
        }
        if matches!(settings.accounts, Accounts::Host(_)) {
            codes.push("identity_refused");
        }
    }
    if path.contains('{') {
        codes.push("not_found");
    }
    if operation.contains_key("requestBody") {
        codes.extend([
            "malformed_json",
            "body_too_large",
            "unsupported_media_type",
            "validation_failed",
        ]);
    }
    if takes("If-Match") {
        codes.extend(["malformed_header", "stale_version"]);
    }
    if takes("Idempotency-Key") {
        codes.extend(["malformed_header", "idempotency_key_reused"]);
    }
    codes.into_iter()
}

fn names(value: Option<Value>) -> Vec<String> {
    let names = value.and_then(|names| serde_json::from_value(names).ok());
    names.unwrap_or_default()
}

/// Returns the response with one of these codes.
fn refusal(status: u16, codes: &[Code]) -> Value {
    let lines: Vec<String> = codes
        .iter()
        .map(|code| format!("- `{}`: {}", code.name, code.meaning))
        .collect();
    let names: Vec<&str> = codes.iter().map(|code| code.name).collect();
    let mut headers = json!({});
    if matches!(status, 429 | 503) {
        headers["Retry-After"] = json!({
            "description": "After how many seconds the request may succeed.",
            "required": true,
            "schema": { "type": "integer", "minimum": 1 },
        });
    }
    if status == 401 {
        headers["WWW-Authenticate"] = json!({
            "required": true,
            "schema": { "type": "string", "enum": ["Bearer"] },
        });
    }
    json!({
        "description": lines.join("\n"),
        "headers": headers,
        "content": { "application/problem+json": { "schema": {
            "allOf": [
                { "$ref": "#/components/schemas/Problem" },
                {
                    "type": "object",
                    "properties": {
                        "status": { "type": "integer", "enum": [status] },
                        "code": { "type": "string", "enum": names },
                    },
                },
            ],
        } } },
    })
}

/// Returns the schema of every error.
fn problem() -> Value {
    let text = |description: &str| json!({ "type": "string", "description": description });
    json!({
        "type": "object",
        "description": "An error (RFC 9457).",
        "properties": {
            "type": text("Always `about:blank`: the code says which error it is."),
            "title": text("The name of the status."),
            "status": { "type": "integer", "minimum": 400, "maximum": 599 },
            "detail": text("What is wrong, for people."),
            "instance": text("The path of the request."),
            "code": text("Which error it is. It never changes."),
            "requestId": text("The id of the request, as it stands in the log."),
            "errors": {
                "type": "array",
                "description": "Every wrong field.",
                "maxItems": 50,
                "items": {
                    "type": "object",
                    "properties": {
                        "field": text("The name of the field: `title`, `skills[2].level`."),
                        "message": text("What is wrong with it, for people."),
                    },
                    "required": ["field", "message"],
                },
            },
            "success": { "type": "boolean", "enum": [false] },
            "message": text("The same as `detail`, for older clients."),
            "error": text("The same as `detail`, for older clients."),
        },
        "required": [
            "type", "title", "status", "detail", "instance", "code", "requestId", "errors", "success", "message",
            "error",
        ],
    })
}
