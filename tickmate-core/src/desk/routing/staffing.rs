//! Staffing figures: how evenly work is spread, which skills only one moderator covers, and what is in the backlog.

use std::{cmp::Reverse, collections::BTreeMap};

use super::{Rules, candidates::MAX_NAMED};
use crate::{
    desk::{Desk, DeskError, Person, Routing, authorize::demand_admin, tickets::named},
    domain::{
        access::Actor,
        decision::Tier,
        fairness::Spread,
        priority::Priority,
        query::BacklogLane,
        routing::{Coverage, Index},
        skill::Skill,
        ticket::{backlog_lane, lane_skills},
        time::{Span, Timestamp},
    },
};

/// The period over which assignments are counted.
const LOOKED_BACK: Span = Span::days(7);

/// Staffing figures. Each list holds the 50 most important entries, with the total number.
#[derive(Debug, Clone, PartialEq)]
pub struct Staffing {
    /// The spread of open tickets over moderators.
    pub open: Spread,
    /// The spread over moderators of tickets assigned within the last seven days.
    pub given: Spread,
    /// Skills that only one moderator covers.
    pub alone: Listed<CoveredAlone>,
    /// The backlog.
    pub queue: BacklogOverview,
}

/// Figures of the backlog.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BacklogOverview {
    /// The number of tickets in the backlog.
    pub depth: u64,
    /// When the oldest ticket was created.
    pub oldest: Option<Timestamp>,
    /// The number of tickets whose skills no single moderator covers. Tickets without required skills do not count.
    pub uncovered_tickets: u64,
    /// The lanes, the longest first.
    pub lanes: Listed<LaneSummary>,
    /// Required skills that no single moderator covers, most tickets first.
    pub uncovered: Listed<Uncovered>,
    /// Required skills that no moderator has, most tickets first.
    pub missing: Listed<Missing>,
}

/// The first entries of a longer list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed<T> {
    /// The first 50 entries.
    pub items: Vec<T>,
    /// The number of all entries.
    pub total: usize,
}

/// A skill that only one moderator covers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CoveredAlone {
    /// The skill.
    pub skill: Skill,
    /// The moderator.
    pub person: Person,
}

/// A lane of the backlog at one priority: tickets that require the same skills.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LaneSummary {
    /// The required skills.
    pub skills: Vec<Skill>,
    /// The priority.
    pub priority: Priority,
    /// The number of tickets.
    pub length: u64,
    /// When the oldest ticket was created.
    pub oldest: Timestamp,
}

/// Tickets whose required skills no single moderator covers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Uncovered {
    /// The required skills.
    pub skills: Vec<Skill>,
    /// The number of tickets.
    pub tickets: u64,
}

/// A required skill that no moderator has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missing {
    /// The skill.
    pub skill: Skill,
    /// The number of tickets in the backlog that require it.
    pub tickets: u64,
    /// The likely meaning if the dictionary doesn't have the skill: a guess that is never acted upon.
    pub suggestion: Option<Skill>,
}

impl Routing<'_> {
    /// Returns the staffing figures.
    ///
    /// # Errors
    /// [`DeskError::Forbidden`] for an actor who is not an admin.
    pub async fn staffing(self, actor: &Actor) -> Result<Staffing, DeskError> {
        demand_admin(actor)?;
        self.desk.routing().staffing_figures().await
    }

    /// Returns the same for the host's metrics, without checking the role of an actor. The cost grows with the number
    /// of staff and of lanes.
    ///
    /// # Errors
    /// Errors of the store.
    pub async fn staffing_figures(self) -> Result<Staffing, DeskError> {
        let rules = self.desk.rules().await?;
        self.desk.refresh_index().await?;
        let lanes = self.desk.store.backlog_lanes().await?;
        let since = self.desk.now() - LOOKED_BACK;
        let given: BTreeMap<_, u64> = self
            .desk
            .store
            .assigned_since(since)
            .await?
            .into_iter()
            .collect();
        let (loads, alone, queue) = self.desk.ask_index(|index| {
            let queue = backlog_figures(index, &rules, lanes);
            (index.loads(), covered_alone(index), queue)
        })?;
        let open: Vec<u64> = loads.iter().map(|(_, open)| u64::from(*open)).collect();
        let given: Vec<u64> = loads
            .iter()
            .map(|(id, _)| given.get(id).copied().unwrap_or(0))
            .collect();
        Ok(Staffing {
            open: Spread::of(&open),
            given: Spread::of(&given),
            alone: self.desk.alone(&rules, alone).await?,
            queue,
        })
    }
}

impl Desk {
    async fn alone(
        &self,
        rules: &Rules,
        alone: Vec<Coverage>,
    ) -> Result<Listed<CoveredAlone>, DeskError> {
        let Listed { items, total } = Listed::of(alone);
        let ids = items.iter().filter_map(|skill| skill.alone).collect();
        let people = self.directory(ids).await?;
        let alone = |skill: &Coverage| {
            Some(CoveredAlone {
                skill: rules.named(&Skill::new(&skill.skill, "")),
                person: named(&people, skill.alone?),
            })
        };
        Ok(Listed {
            items: items.iter().filter_map(alone).collect(),
            total,
        })
    }
}

impl<T> Listed<T> {
    fn of(mut items: Vec<T>) -> Self {
        let total = items.len();
        items.truncate(MAX_NAMED);
        Self { items, total }
    }
}

/// Returns the skills that only one moderator covers.
pub(super) fn covered_alone(index: &Index) -> Vec<Coverage> {
    let mut coverage = index.coverage();
    coverage.retain(|skill| skill.alone.is_some());
    coverage
}

/// Returns the skills of a lane if no single moderator covers them. Tickets without required skills go to the admins in any
/// case.
fn uncovered_needs(index: &mut Index, rules: &Rules, lane: &BacklogLane) -> Option<Vec<Skill>> {
    let skills = rules.needed_skills(&lane_skills(&lane.lane));
    let is_uncovered = !skills.is_empty() && index.tier_of(&skills) != Tier::Full;
    is_uncovered.then_some(skills)
}

/// Counts the tickets of these lanes whose required skills no single moderator covers.
pub(super) fn uncovered_tickets(index: &mut Index, rules: &Rules, lanes: &[BacklogLane]) -> u64 {
    lanes
        .iter()
        .filter(|lane| uncovered_needs(index, rules, lane).is_some())
        .map(|lane| lane.length)
        .sum()
}

fn backlog_figures(
    index: &mut Index,
    rules: &Rules,
    mut lanes: Vec<BacklogLane>,
) -> BacklogOverview {
    let mut uncovered: BTreeMap<String, Uncovered> = BTreeMap::new();
    let mut missing: BTreeMap<String, Missing> = BTreeMap::new();
    for lane in &lanes {
        if let Some(skills) = uncovered_needs(index, rules, lane) {
            let entry = uncovered.entry(backlog_lane(&skills));
            let entry = entry.or_insert_with(|| Uncovered {
                skills: skills.iter().map(|skill| rules.named(skill)).collect(),
                tickets: 0,
            });
            entry.tickets += lane.length;
        }
        for skill in rules
            .needed_skills(&lane_skills(&lane.lane))
            .into_iter()
            .filter(|skill| index.holders(&skill.id) == 0)
        {
            let entry = missing.entry(skill.id.clone()).or_insert_with(|| Missing {
                suggestion: rules.suggested(&skill),
                skill: rules.named(&skill.at(None)),
                tickets: 0,
            });
            entry.tickets += lane.length;
        }
    }
    let mut uncovered: Vec<Uncovered> = uncovered.into_values().collect();
    uncovered.sort_by_key(|one| Reverse(one.tickets));
    let mut missing: Vec<Missing> = missing.into_values().collect();
    missing.sort_by_key(|one| Reverse(one.tickets));
    lanes.sort_by(|a, b| {
        let order = |lane: &BacklogLane| (Reverse(lane.length), lane.oldest);
        order(a).cmp(&order(b)).then_with(|| a.lane.cmp(&b.lane))
    });
    BacklogOverview {
        depth: lanes.iter().map(|lane| lane.length).sum(),
        oldest: lanes.iter().map(|lane| lane.oldest).min(),
        uncovered_tickets: uncovered_tickets(index, rules, &lanes),
        uncovered: Listed::of(uncovered),
        missing: Listed::of(missing),
        lanes: Listed {
            total: lanes.len(),
            items: lanes
                .iter()
                .take(MAX_NAMED)
                .map(|lane| summary(rules, lane))
                .collect(),
        },
    }
}

fn summary(rules: &Rules, lane: &BacklogLane) -> LaneSummary {
    let skills = rules.needed_skills(&lane_skills(&lane.lane));
    LaneSummary {
        skills: skills.iter().map(|skill| rules.named(skill)).collect(),
        priority: lane.priority,
        length: lane.length,
        oldest: lane.oldest,
    }
}
