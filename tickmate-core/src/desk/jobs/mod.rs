//! The desk's own work: bounded steps that an engine calls. Each step is idempotent: it checks the state before it
//! acts, and a change by a user takes precedence.

mod dead;
mod dispatch;
mod escalate;
mod mail;
mod reapply_vocabulary;
mod rebalance;
mod relay;
mod run;
mod shift;
mod sweep;
#[cfg(all(test, feature = "mock"))]
mod tests;
mod unassign;

pub use dead::DeadJobQuery;
pub(super) use mail::DeadJobsWalk;
pub use relay::Relayed;
pub use run::JobError;
pub use sweep::Swept;
