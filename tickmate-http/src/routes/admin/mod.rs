//! What only admins do.

pub(crate) mod ai_usage;
pub(crate) mod preview;
pub(crate) mod routing;
pub(crate) mod triage;
pub(crate) mod users;
