//! Event handlers: durable subscriptions in the host's own code.
//!
//! Each handler has a position among the events, which the store holds. The desk asks the handler for the targets of
//! each event after it, enqueues a delivery for each target, and advances the position. Only processes that know the
//! handler advance it, so a process without the handler loses none of its events. A delivery is a job: it runs at least
//! once, is retried with growing delays, and is dead after too many errors. An admin can replay dead deliveries.

mod closures;
mod error;
mod handler;
mod notice;
mod registered;
mod relay;
mod run;

pub use closures::HandlerFn;
pub use error::HandlerError;
pub use handler::{Audience, EventHandler, Start};
pub use notice::EventNotice;
pub(super) use registered::Registered;
