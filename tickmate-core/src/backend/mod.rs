//! The four seams: `Store`, `Llm`, `Mailer` and `JobQueue`. What is implemented here by others is small, and
//! changes least.

pub mod llm;
pub mod mailer;
pub mod queue;
pub mod store;

/// An error of a driver, kept as the source of ours.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;
