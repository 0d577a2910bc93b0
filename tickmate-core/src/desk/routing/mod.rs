//! Routing at the desk: the rules that the owner sets, and the roster's index that each process keeps.

mod acquainted;
mod candidates;
mod current;
mod explain;
mod handling;
mod keeper;
mod preview;
mod queue_figures;
mod replay;
mod rules;
mod settings;
mod staffing;

pub use candidates::{CandidateView, CandidatesNow, DecisionView};
pub use explain::Explanation;
pub(super) use keeper::Keeper;
pub use preview::Preview;
pub use queue_figures::QueueFigures;
pub(super) use replay::Replays;
pub use replay::{ReplayReport, ReplayRequest, ReplayRun};
pub(super) use rules::{Rules, RulesCache};
pub use settings::{RoutingPatch, RoutingView};
pub use staffing::{CoveredAlone, Line, Listed, Missing, QueueOverview, Staffing, Uncovered};
