//! Routing at the desk: the rules that admins set, and the index of the roster in each process.

mod acquainted;
mod backlog_figures;
mod candidates;
mod current;
mod explain;
mod handling;
mod keeper;
mod preview;
mod replay;
mod rules;
mod settings;
mod staff_skills;
mod staffing;

pub use backlog_figures::BacklogFigures;
pub use candidates::{CandidateView, CandidatesNow, DecisionView};
pub use explain::Explanation;
pub(super) use keeper::Keeper;
pub use preview::Preview;
pub(super) use replay::Replays;
pub use replay::{ReplayReport, ReplayRequest, ReplayRun};
pub(super) use rules::{RoutingRulesCache, Rules};
pub use settings::{RoutingPatch, RoutingView};
pub use staffing::{
    BacklogOverview, CoveredAlone, LaneSummary, Listed, Missing, Staffing, Uncovered,
};
