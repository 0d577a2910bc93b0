//! The binary itself, started in a folder of its own with an environment of its own.

#![expect(
    clippy::unwrap_used,
    reason = "a test that can't go on is to fail, in helpers too"
)]

mod explain;
mod help;
mod learning;
mod mail;
mod models;
mod route;
mod support;
