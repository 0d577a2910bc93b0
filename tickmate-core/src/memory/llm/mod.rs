//! Models for tests: one that says what it was told to say, one that fails, one that takes its time, and one that obeys
//! whoever wrote the ticket.

mod failing;
mod obedient;
mod scripted;
mod slow;

pub use self::{failing::FailingLlm, obedient::ObedientLlm, scripted::ScriptedLlm, slow::SlowLlm};
