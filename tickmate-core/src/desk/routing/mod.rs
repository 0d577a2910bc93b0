//! Routing at the desk: the rules that the owner sets, and the roster's index that each process keeps.

mod acquainted;
mod handling;
mod keeper;
mod replay;
mod rules;

pub use replay::{ReplayReport, ReplayRequest, ReplayRun};

pub(super) use keeper::Keeper;
pub(super) use rules::{Rules, RulesCache};
