//! The handlers: one file a use case, by resource.

pub(crate) mod admin;
pub(crate) mod auth;
pub(crate) mod docs_page;
pub(crate) mod document;
pub(crate) mod health;
pub(crate) mod metrics;
pub(crate) mod tickets;
