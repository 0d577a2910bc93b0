//! Settings of the API: plain values with defaults.

use std::{fmt, sync::Arc};

use subtle::ConstantTimeEq;

use crate::Identify;

/// Settings of the API.
#[derive(Debug, Clone, Default)]
pub struct HttpSettings {
    /// The accounts that users log in with.
    pub accounts: Accounts,
    /// Whether clients reach the API by https: the cookie is then `__Host-token` with `Secure`, otherwise `token`.
    pub secure_cookies: bool,
    /// Whether objects also carry their id as `_id`, for older clients.
    pub legacy_ids: bool,
    /// A further origin (`https://desk.example.org`) whose pages may write by cookie, in addition to the API's own.
    pub app_origin: Option<String>,
    /// The bearer token that a scraper needs to read `/metrics`; with `None` the route does not exist.
    pub metrics_token: Option<MetricsToken>,
    /// Which documentation of itself the API serves.
    pub api_docs: ApiDocs,
}

/// Which documentation of itself the API serves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ApiDocs {
    /// The OpenAPI document at `/api/openapi.json`, and a page at `/api/docs` that tries its operations.
    #[default]
    Page,
    /// Only the OpenAPI document.
    Document,
    /// No documentation: neither route exists.
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

/// The token that opens `/metrics` and nothing else. Its `Debug` output hides it.
#[derive(Clone)]
pub struct MetricsToken(String);

impl MetricsToken {
    /// Makes a token of at least one character; it should be as hard to guess as a password. An empty one matches
    /// nothing.
    pub fn new(token: impl Into<String>) -> Self {
        Self(token.into())
    }

    /// Returns whether the token matches, in a time that reveals only the length.
    pub(crate) fn is(&self, shown: &str) -> bool {
        !self.0.is_empty() && bool::from(self.0.as_bytes().ct_eq(shown.as_bytes()))
    }
}

impl fmt::Debug for MetricsToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MetricsToken(…)")
    }
}

/// The accounts that users log in with.
#[derive(Clone, Default)]
pub enum Accounts {
    /// The desk's own accounts: the routes to register, verify, log in and out are mounted.
    #[default]
    BuiltIn,
    /// The host's accounts, which the host authenticates. The desk's own account routes do not exist.
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
