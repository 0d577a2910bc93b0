//! Triage at the desk: asks the models, applies their answers, and handles reviews by staff.

mod again;
mod apply;
mod ask;
mod check_answer;
mod embedded;
mod models;
mod overview;
mod read;
mod refine;
mod review;
mod rules;
mod settings;
mod usage;

pub use models::ModelState;
pub(super) use models::Models;
pub use overview::TriageOverview;
pub use review::Review;
pub(super) use rules::TriageRulesCache;
pub use settings::{ApplyPatch, TriagePatch, TriageView};
pub use usage::CallsQuery;
