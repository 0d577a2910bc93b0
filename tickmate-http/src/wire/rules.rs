//! The schemas of rules and figures that the core serializes.
#![expect(dead_code, reason = "they are schemas alone")]

use utoipa::{
    ToSchema,
    openapi::{
        RefOr,
        schema::{AdditionalProperties, Object, ObjectBuilder, Schema},
    },
};

use crate::requests::PriorityWord;

/// A policy of routing.
#[derive(ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = RoutingPolicy)]
pub(crate) struct Policy {
    name: String,
    /// How many tickets wait with a member of staff at most, beside the one in hand; null: up to the capacity.
    #[schema(required)]
    ahead: Option<u32>,
    load: LoadMeasure,
    /// Whether the requester's last assignee comes first.
    sticky: bool,
    /// Whether idle staff takes over what busy staff has not begun.
    rebalance: bool,
    /// Whether tickets of absent staff are assigned to others.
    hand_over: bool,
    /// From which part of the required skills on staff is considered, in thousandths.
    partial_from: u16,
    /// After how many unassignments an admin gets the ticket.
    bounces: u16,
    /// How many minutes of the shift must be left.
    min_remaining: u32,
    relax_after: Timers,
    /// From which part of the skills on staff is considered once a ticket waited, in thousandths.
    relax_from: u16,
    escalate_after: Timers,
    weights: Weights,
}

/// What counts as the load of a member of staff.
#[derive(ToSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum LoadMeasure {
    Active,
    Relative,
    RoundRobin,
}

/// After how many minutes something happens, by priority; null: never.
#[derive(ToSchema)]
pub(crate) struct Timers {
    #[schema(required)]
    low: Option<u32>,
    #[schema(required)]
    medium: Option<u32>,
    #[schema(required)]
    high: Option<u32>,
    #[schema(required)]
    urgent: Option<u32>,
}

/// How much a priority counts.
#[derive(ToSchema)]
pub(crate) struct Weights {
    low: u16,
    medium: u16,
    high: u16,
    urgent: u16,
}

/// A row of the skill dictionary.
#[derive(ToSchema)]
pub(crate) struct SkillEntry {
    #[schema(pattern = "^[a-z0-9-]{1,60}$")]
    id: String,
    #[schema(min_length = 1, max_length = 60)]
    name: String,
    #[schema(max_items = 50)]
    aliases: Vec<String>,
    /// The ids of more general skills.
    #[schema(max_items = 20)]
    parents: Vec<String>,
}

/// How evenly figures are spread over staff.
#[derive(ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Spread {
    people: u64,
    total: u64,
    busiest: u64,
    mean: f64,
    busiest_over_mean: f64,
    /// 1 where all have the same, towards 0 where one has everything.
    jain: f64,
    /// 0 where all have the same, towards 1 where one has everything.
    gini: f64,
}

/// A past period under one policy.
#[derive(ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct ReplayRun {
    policy: Policy,
    /// Whether it is the policy of today.
    today: bool,
    figures: ReplayFigures,
}

/// What a period came to. Times are in seconds.
#[derive(ToSchema)]
#[serde(rename_all = "camelCase")]
struct ReplayFigures {
    tickets: u64,
    served: u64,
    finished: u64,
    waiting: u64,
    wait_mean: f64,
    wait_p50: u64,
    wait_p95: u64,
    oldest_wait: u64,
    by_priority: Vec<PriorityFigures>,
    full: u64,
    partial: u64,
    admins: u64,
    never_given: u64,
    never_covered: u64,
    moves: u64,
    hand_backs: u64,
    over_full: u64,
    spread: Spread,
    longest_queue: u64,
}

/// What the tickets of one priority came to.
#[derive(ToSchema)]
#[serde(rename_all = "camelCase")]
struct PriorityFigures {
    priority: PriorityWord,
    tickets: u64,
    served: u64,
    wait_mean: f64,
    wait_p50: u64,
    wait_p95: u64,
}

/// From which confidence on a value of a reading counts: 0 to 1.
#[derive(ToSchema)]
pub(super) struct Apply {
    category: f64,
    priority: f64,
    #[serde(rename = "type")]
    kind: f64,
    skills: f64,
}

/// What models may take in a day; null: without a bound.
#[derive(ToSchema)]
pub(super) struct Budget {
    #[schema(required)]
    calls: Option<u64>,
    #[schema(required)]
    tokens: Option<u64>,
}

/// A value that a field is chosen from.
#[derive(ToSchema)]
pub(super) struct FieldOption {
    name: String,
    description: String,
}

/// How often a reader was right.
#[derive(ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Tally {
    applied_right: u64,
    applied_wrong: u64,
    suggested_right: u64,
    suggested_wrong: u64,
    unjudged: u64,
    nothing: u64,
}

/// The tokens of calls.
#[derive(ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Usage {
    prompt_tokens: u64,
    cached_tokens: u64,
    output_tokens: u64,
}

impl Timers {
    /// Documents a patch of timers.
    pub(crate) fn patch() -> Object {
        patch::<Self>()
    }
}

impl Weights {
    /// Documents a patch of weights.
    pub(crate) fn patch() -> Object {
        patch::<Self>()
    }
}

/// Returns the schema of an object none of whose members is needed.
fn patch<T: ToSchema>() -> Object {
    let mut object = match T::schema() {
        RefOr::T(Schema::Object(object)) => object,
        _ => Object::new(),
    };
    object.required.clear();
    ObjectBuilder::from(object)
        .additional_properties(Some(AdditionalProperties::<Schema>::FreeForm(false)))
        .build()
}
