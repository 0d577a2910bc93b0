//! The schemas of decisions, whose parts the core serializes.
#![expect(dead_code, reason = "they are schemas alone")]

use utoipa::ToSchema;

/// Who fits a ticket: staff that covers every required skill, staff that covers a part, or admins.
#[derive(ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum Tier {
    Full,
    Partial,
    Admins,
}

/// Why the router looked at a ticket.
#[derive(ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = DecisionCause)]
pub(super) enum Cause {
    Turn,
    Relaxed,
    HandOver,
    Rebalance,
}

/// What decided between the chosen member of staff and the next one.
#[derive(ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum DecidedBy {
    Acquainted,
    Load,
    Versatility,
    LastAssignment,
    Id,
}

/// Why a member of staff can't take a ticket now; `free` who can.
#[derive(ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = CandidateState)]
pub(super) enum State {
    Free,
    Full,
    Away,
    OffShift,
    Offline,
    ShiftEnds,
    Excluded,
}

/// By what staff is ordered, the smallest first.
#[derive(ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct RankingKey {
    /// Open tickets before this one.
    active: u32,
    /// How many the policy allows.
    limit: u32,
    /// How many and how rare the skills are.
    versatility: i32,
    /// The place of the last assignment among all events.
    last_assignment: u64,
}

/// How many fitted but could not take the ticket.
#[derive(ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct SkippedStaff {
    full: u32,
    away: u32,
    off_shift: u32,
    offline: u32,
    shift_ends: u32,
    excluded: u32,
}
