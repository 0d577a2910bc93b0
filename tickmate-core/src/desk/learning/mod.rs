//! Learning: each process has an analyzer, which is updated by the events before it is used, saved so that a restart
//! loses nothing, and retrained on all resolved tickets after a number of new lessons.

mod follow;
mod keeper;
mod save;
mod train;

pub(super) use keeper::Learner;
pub use keeper::LearnerStatus;
