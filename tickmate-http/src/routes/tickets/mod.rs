//! Tickets: one file a use case.

pub(crate) mod assign;
pub(crate) mod create;
pub(crate) mod edit;
pub(crate) mod explain;
pub(crate) mod history;
pub(crate) mod list;
pub(crate) mod read;
pub(crate) mod reply;
pub(crate) mod review;
pub(crate) mod status;
pub(crate) mod summary;
pub(crate) mod triage;

mod changed;
