//! Event handlers: durable subscriptions in the host's own code.
//!
//! Each handler has a position among the events, kept in the store. The desk asks the handler for the targets of each event
//! after it, enqueues a delivery for each target, and moves the position. Only processes that know the handler move it, so
//! that a process without it loses nothing for it. A delivery is a job: it runs at least once, is retried with growing
//! delays, and is dead after too many errors, from where an admin replays it.

mod error;
mod handler;
mod notice;
mod registered;
mod relay;
mod run;

pub use error::HandlerError;
pub use handler::{Audience, EventHandler, Start};
pub use notice::EventNotice;
pub(super) use registered::Registered;
