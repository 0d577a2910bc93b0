//! The binary itself, started in a folder of its own with an environment of its own.

#![expect(
    clippy::unwrap_used,
    reason = "a test that can't go on is to fail, in helpers too"
)]
#![expect(
    clippy::disallowed_methods,
    reason = "how long a process takes is measured from outside"
)]

mod admin;
mod config;
mod import;
mod loop_over_http;
mod models;
mod stop;
mod support;
mod trouble;
