//! Staffing figures.

use serde::Serialize;
use tickmate_core::{desk, domain::fairness::Spread};
use utoipa::ToSchema;

use crate::requests::{Moment, PriorityWord};

use super::{moment, person::Person, routing::Skill, rules};

/// Staffing figures.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Staffing {
    #[schema(value_type = rules::Spread)]
    open: Spread,
    #[schema(value_type = rules::Spread)]
    given_last_week: Spread,
    covered_alone: Listed<CoveredAlone>,
    queue: Queue,
}

/// The first of a longer list.
#[derive(Debug, Serialize, ToSchema)]
struct Listed<T> {
    items: Vec<T>,
    total: usize,
}

#[derive(Debug, Serialize, ToSchema)]
struct CoveredAlone {
    skill: Skill,
    person: Person,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Backlog)]
struct Queue {
    depth: u64,
    #[schema(required, value_type = Option<Moment>)]
    oldest: Option<String>,
    uncovered_tickets: u64,
    lines: Listed<Lane>,
    uncovered: Listed<Uncovered>,
    missing: Listed<Missing>,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = BacklogLane)]
struct Lane {
    needed: Vec<Skill>,
    #[schema(value_type = PriorityWord)]
    priority: &'static str,
    length: u64,
    #[schema(value_type = Moment)]
    oldest: String,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = UncoveredSkills)]
struct Uncovered {
    needed: Vec<Skill>,
    tickets: u64,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = MissingSkill)]
struct Missing {
    skill: Skill,
    tickets: u64,
    #[schema(required)]
    suggestion: Option<Skill>,
}

impl<T> Listed<T> {
    fn new<U>(list: desk::Listed<U>, item: impl Fn(U) -> T) -> Self {
        Self {
            items: list.items.into_iter().map(item).collect(),
            total: list.total,
        }
    }
}

impl Staffing {
    pub(crate) fn new(staffing: desk::Staffing, legacy_ids: bool) -> Self {
        Self {
            open: staffing.open,
            given_last_week: staffing.given,
            covered_alone: Listed::new(staffing.alone, |one| CoveredAlone {
                skill: Skill::new(&one.skill),
                person: Person::new(&one.person, legacy_ids),
            }),
            queue: Queue::new(staffing.queue),
        }
    }
}

impl Queue {
    fn new(queue: desk::BacklogOverview) -> Self {
        Self {
            depth: queue.depth,
            oldest: queue.oldest.map(moment),
            uncovered_tickets: queue.uncovered_tickets,
            lines: Listed::new(queue.lanes, |lane| Lane {
                needed: Skill::all(&lane.skills),
                priority: lane.priority.as_str(),
                length: lane.length,
                oldest: moment(lane.oldest),
            }),
            uncovered: Listed::new(queue.uncovered, |one| Uncovered {
                needed: Skill::all(&one.skills),
                tickets: one.tickets,
            }),
            missing: Listed::new(queue.missing, |one| Missing {
                suggestion: one.suggestion.as_ref().map(Skill::new),
                skill: Skill::new(&one.skill),
                tickets: one.tickets,
            }),
        }
    }
}
