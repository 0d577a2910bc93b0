//! Routing at the desk: the rules that the owner sets, and the roster's index that each process keeps.

mod acquainted;
mod keeper;
mod rules;

pub(super) use keeper::Keeper;
pub(super) use rules::{Rules, RulesCache};
