//! What only admins do.

pub(crate) mod users;
