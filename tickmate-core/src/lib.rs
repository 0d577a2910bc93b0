//! The core of TickMate: the domain, the four seams and the use cases of a ticket desk.

#![cfg_attr(docsrs, feature(doc_cfg))]

pub mod backend;
#[cfg(feature = "testing")]
pub mod conformance;
pub mod desk;
pub mod domain;
pub mod failpoint;
pub mod memory;
#[cfg(feature = "mock")]
pub mod mock;
#[cfg(feature = "testing")]
pub mod testing;
