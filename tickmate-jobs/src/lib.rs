//! The embedded job engine of TickMate, and what other engines need to run its jobs.
//!
//! It is the only part of the library that spawns and waits:
//! - [`Worker`] drives a desk until its shutdown. It consists of a [`Caretaker`], which relays events and sweeps, and of
//!   the lease loop, which leases jobs and runs them.
//! - [`JobRunner`] runs one job by its key, for an engine with a loop of its own. Such an engine runs a [`Caretaker`] too.
//! - [`CpuPool`] is a place for password hashing.

#![cfg_attr(docsrs, feature(doc_cfg))]

mod caretaker;
mod cpu;
mod lease_loop;
mod leases;
mod run;
mod runner;
mod settings;
mod slots;
mod suspects;
mod worker;

pub use caretaker::Caretaker;
pub use cpu::CpuPool;
pub use runner::{JobRunner, Ran};
pub use settings::{InvalidSettings, WorkerSettings};
pub use worker::Worker;
