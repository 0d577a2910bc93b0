//! Routing: which user is assigned a ticket. Pure functions over an index of the roster; the store's claim detects
//! races.

mod board;
mod dispatch;
mod index;
mod log2;
mod parse;
mod policy;
mod pressure;
pub mod replay;
mod rules;
mod staff;
mod takeover;
#[cfg(test)]
mod tests;

pub(crate) use board::{ACQUAINTED_AMONG, ACQUAINTED_FOR};
pub use board::{Board, BoardTicket, Move};
pub use dispatch::{Dispatch, DispatchLimits, DispatchReport, DispatchStep, LaneHead};
pub use index::{Candidate, CandidateState, Coverage, Index};
pub use policy::{LoadMeasure, Policy, PolicyError, Timers, Weights};
pub use pressure::Pressure;
pub use rules::RoutingRules;
pub use staff::{AssigneeRequest, Needs, Staff, staff_skills};
pub use takeover::{Movable, choose_takeover, hand_over_order};
