//! Routing at the desk: the rules that the owner sets, and the roster's index that each process keeps.

mod acquainted;
mod current;
mod keeper;
mod rules;
mod settings;

pub(super) use keeper::Keeper;
pub(super) use rules::{Rules, RulesCache};
pub use settings::{RoutingPatch, RoutingView};
