//! Routing: who gets a ticket. Pure functions over a roster that is kept as an index; the store's claim makes it safe.

mod board;
mod index;
mod line;
mod log2;
mod parse;
mod policy;
pub mod replay;
mod rules;
mod staff;
#[cfg(test)]
mod tests;

pub(crate) use board::{ACQUAINTED_AMONG, ACQUAINTED_FOR};
pub use board::{Board, BoardTicket, Move};
pub use index::{Candidate, CandidateState, Coverage, Index};
pub use line::Pressure;
pub use policy::{LoadMeasure, Policy, PolicyError, Timers, Weights};
pub use rules::RoutingRules;
pub use staff::{Needs, Staff};
