//! What only admins do.

pub(crate) mod ai_usage;
pub(crate) mod jobs;
pub(crate) mod mail;
pub(crate) mod preview;
pub(crate) mod routing;
pub(crate) mod suppressions;
pub(crate) mod triage;
pub(crate) mod users;
