//! All four seams in memory: for tests, for demos, and as the reference implementation of the contracts.
//!
//! Nothing is persistent, except for a cassette that the host writes to a file. The store and the queue pass the
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
