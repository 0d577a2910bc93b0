//! The embedded job engine of TickMate, and what other engines need to run its jobs.
//!
//! This is the only library crate that spawns tasks and waits:
//! - [`Worker`] drives a desk until its shutdown. It consists of a [`Caretaker`], which relays events and sweeps, and of
//!   the lease loop, which leases jobs and runs them.
//! - [`JobRunner`] runs one job by its key, for an engine with its own loop. Such an engine runs a [`Caretaker`] too.
//! - [`CpuPool`] runs CPU-heavy work such as password hashing.

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
