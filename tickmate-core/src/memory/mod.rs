//! All four seams in memory: for tests, for demos, and as the reference of what the contract means.
//!
//! Nothing outlives the process but what a host writes down of a cassette. The store and the queue pass the
//! conformance suites.

mod cassette;
mod llm;
mod mailer;
mod queue;
mod store;
mod turns;

pub use cassette::{Cassette, CassetteError, CassetteLlm};
pub use llm::{FailingLlm, ObedientLlm, ScriptedLlm, SlowLlm};
pub use mailer::MemoryMailer;
pub use queue::MemoryQueue;
pub use store::MemoryStore;
