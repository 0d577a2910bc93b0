//! What only admins do.

pub(crate) mod preview;
pub(crate) mod routing;
pub(crate) mod triage;
pub(crate) mod users;
