//! Jobs, as admins see them.

use serde::Serialize;
use tickmate_core::domain::job::{self, DeathCause, QueueDepth};
use utoipa::ToSchema;

use crate::requests::Moment;

use super::moment;

/// How many jobs there are, and a page of the dead ones.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Jobs {
    pub(crate) depth: Depth,
    pub(crate) dead: Vec<DeadJob>,
    #[schema(required)]
    pub(crate) next_cursor: Option<String>,
}

/// How many jobs there are of each state, and how many of those that are ready have a kind that this version does not know.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = QueueDepth)]
pub(crate) struct Depth {
    ready: u64,
    leased: u64,
    done: u64,
    dead: u64,
    unknown: u64,
}

impl Depth {
    pub(crate) const fn new(depth: QueueDepth) -> Self {
        Self {
            ready: depth.ready,
            leased: depth.leased,
            done: depth.done,
            dead: depth.dead,
            unknown: depth.unknown,
        }
    }
}

/// A job that is not tried any more. This version may not know its `kind`.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DeadJob {
    key: String,
    kind: String,
    cause: Cause,
    errors: u32,
    crashes: u32,
    #[schema(required)]
    last_error: Option<String>,
    #[schema(value_type = Moment)]
    died_at: String,
}

/// Of what a job died: of errors, or since processes ended while it ran.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = DeathCause)]
enum Cause {
    Errors,
    Crashes,
}

impl DeadJob {
    pub(crate) fn new(job: &job::DeadJob) -> Self {
        Self {
            key: job.key.to_string(),
            kind: job.kind.clone(),
            cause: match job.cause {
                DeathCause::Errors => Cause::Errors,
                DeathCause::Crashes => Cause::Crashes,
            },
            errors: job.errors,
            crashes: job.crashes,
            last_error: job.last_error.clone(),
            died_at: moment(job.died_at),
        }
    }
}
