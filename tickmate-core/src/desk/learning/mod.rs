//! Learning: the analyzer that each process keeps, brought up to date by the events before it is asked, saved so that a
//! restart forgets nothing, and trained on all resolved tickets again after enough of them.

mod follow;
mod keeper;
mod save;
mod train;

pub(super) use keeper::Learner;
pub use keeper::LearnerStatus;
