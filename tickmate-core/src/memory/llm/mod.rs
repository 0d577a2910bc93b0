//! Models for tests: one with scripted answers, one that fails, one that is slow, and one that obeys the author of the
//! ticket.

mod failing;
mod obedient;
mod scripted;
mod slow;

pub use self::{failing::FailingLlm, obedient::ObedientLlm, scripted::ScriptedLlm, slow::SlowLlm};
