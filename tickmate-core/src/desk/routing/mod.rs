//! Routing at the desk: the rules that the owner sets, and the roster's index that each process keeps.

mod acquainted;
mod candidates;
mod current;
mod explain;
mod keeper;
mod preview;
mod queue_figures;
mod rules;
mod settings;
mod staffing;

pub use candidates::{CandidateView, CandidatesNow, DecisionView};
pub use explain::Explanation;
pub(super) use keeper::Keeper;
pub use preview::Preview;
pub use queue_figures::QueueFigures;
pub(super) use rules::{Rules, RulesCache};
pub use settings::{RoutingPatch, RoutingView};
pub use staffing::{CoveredAlone, Line, Listed, Missing, Staffing, Uncovered, Waiting};
