//! A provider for tests of adapters: a server on this machine that answers as it is told, and the answers that no
//! adapter may stumble over.
//!
//! The server speaks raw bytes, so that it can lie in ways that no HTTP library would.

mod hostile;
mod server;

pub use self::{
    hostile::{Expected, Hostile, hostile},
    server::{Reply, Seen, Server},
};
