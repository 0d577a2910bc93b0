//! Routing at the desk: the rules that the owner sets, and the roster's index that each process keeps.

mod acquainted;
mod keeper;
mod queue_figures;
mod rules;

pub(super) use keeper::Keeper;
pub use queue_figures::QueueFigures;
pub(super) use rules::{Rules, RulesCache};
