//! The embedded job engine of TickMate: one worker that relays events, sweeps, and runs leased jobs.
//!
//! It is the only part of the library that spawns and waits. [`Worker::run`] drives a desk until it is told to
//! stop; [`CpuPool`] is a place for password hashing.

mod backoff;
mod cpu;
mod leases;
mod run;
mod settings;
mod worker;

pub use backoff::Pace;
pub use cpu::CpuPool;
pub use settings::{InvalidSettings, WorkerSettings};
pub use worker::Worker;
