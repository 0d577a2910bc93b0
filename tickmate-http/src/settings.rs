//! How the API is set up: plain values with defaults.

use std::{fmt, sync::Arc};

use subtle::ConstantTimeEq;

use crate::Identify;

/// How the API is set up.
#[derive(Debug, Clone, Default)]
pub struct HttpSettings {
    /// Whose accounts people log in with.
    pub accounts: Accounts,
    /// Whether the API is reached by https: the cookie is then `__Host-token` and `Secure`, else `token`.
    pub secure_cookies: bool,
    /// Whether objects carry their id as `_id` too, for older clients.
    pub legacy_ids: bool,
    /// From which origin (`https://desk.example.org`) pages may write by cookie, beside the API's own.
    pub app_origin: Option<String>,
    /// What a scraper shows as `Authorization: Bearer` to read `/metrics`; none: there is no such route.
    pub metrics_token: Option<MetricsToken>,
    /// Whether the API describes itself.
    pub api_docs: ApiDocs,
}

/// Whether the API describes itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ApiDocs {
    /// By its OpenAPI document at `/api/openapi.json`, and by a page at `/api/docs` that tries its operations.
    #[default]
    Page,
    /// By its OpenAPI document alone.
    Document,
    /// Not at all: neither route exists.
    Off,
}

impl HttpSettings {
    /// Returns the name of the cookie that holds a login.
    pub(crate) const fn cookie_name(&self) -> &'static str {
        match self.secure_cookies {
            true => "__Host-token",
            false => "token",
        }
    }
}

/// What opens `/metrics` and nothing else. It shows itself to nobody by accident.
#[derive(Clone)]
pub struct MetricsToken(String);

impl MetricsToken {
    /// A token of at least one character; it should be as hard to guess as a password. An empty one fits nothing.
    pub fn new(token: impl Into<String>) -> Self {
        Self(token.into())
    }

    /// Whether it is this one, in a time that tells nothing but the length.
    pub(crate) fn is(&self, shown: &str) -> bool {
        !self.0.is_empty() && bool::from(self.0.as_bytes().ct_eq(shown.as_bytes()))
    }
}

impl fmt::Debug for MetricsToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MetricsToken(…)")
    }
}

/// Whose accounts people log in with.
#[derive(Clone, Default)]
pub enum Accounts {
    /// Those of the desk: its routes to register, verify, log in and out are mounted.
    #[default]
    BuiltIn,
    /// Those of the host, which says who calls. The desk's own account routes are not there.
    Host(Arc<dyn Identify>),
}

impl fmt::Debug for Accounts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::BuiltIn => "BuiltIn",
            Self::Host(_) => "Host(…)",
        })
    }
}
