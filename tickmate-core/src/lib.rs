//! The core of TickMate: the domain, the four seams and the use cases of a ticket desk.

pub mod backend;
#[cfg(feature = "testing")]
pub mod conformance;
pub mod domain;
pub mod memory;
#[cfg(feature = "mock")]
pub mod mock;
