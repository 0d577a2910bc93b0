//! The authentication schemes of callers.

use serde_json::{Value, json};

use crate::{Accounts, HttpSettings};

/// Returns the requirement of an operation that is not public: one of the schemes.
///
/// With the host's own accounts there are none: the host decides by its own login.
pub(super) fn requirement(settings: &HttpSettings) -> Option<Value> {
    match settings.accounts {
        Accounts::BuiltIn => Some(json!([{ "bearer": [] }, { "cookie": [] }])),
        Accounts::Host(_) => None,
    }
}

/// Adds the schemes that the requirements name.
pub(super) fn add_schemes(document: &mut Value, settings: &HttpSettings) {
    let mut schemes = json!({
        "metrics": { "type": "http", "scheme": "bearer", "description": "The token of the metrics." },
    });
    if requirement(settings).is_some() {
        schemes["bearer"] = json!({
            "type": "http",
            "scheme": "bearer",
            "description": "The token that the login answers.",
        });
        schemes["cookie"] = json!({
            "type": "apiKey",
            "in": "cookie",
            "name": settings.cookie_name(),
            "description": "The cookie that the login sets. Writes must come from the same origin.",
        });
    }
    document["components"]["securitySchemes"] = schemes;
}
