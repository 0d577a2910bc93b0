//! Where the staff is thin: how evenly work is spread, what one person alone can do, and what waits for whom.

use std::{cmp::Reverse, collections::BTreeMap};

use super::{Rules, candidates::MAX_NAMED};
use crate::{
    desk::{Desk, DeskError, Person, authorize::demand_admin, tickets::named},
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

/// Over how long it is looked at who was given how much.
const LOOKED_BACK: Span = Span::days(7);

/// Where the staff is thin. Each list names the 50 that matter most, with how many there are in all.
#[derive(Debug, Clone, PartialEq)]
pub struct Staffing {
    /// The spread of open tickets over moderators.
    pub open: Spread,
    /// The spread over moderators of tickets given within the last seven days.
    pub given: Spread,
    /// Skills that one moderator alone covers.
    pub alone: Listed<CoveredAlone>,
    /// What waits.
    pub queue: BacklogOverview,
}

/// What waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BacklogOverview {
    /// How many tickets wait.
    pub depth: u64,
    /// When the oldest of them was written.
    pub oldest: Option<Timestamp>,
    /// How many of them no moderator covers whole. Those that need no skill do not count.
    pub uncovered_tickets: u64,
    /// The lines, the longest first.
    pub lines: Listed<Line>,
    /// What no moderator covers whole, by what is needed, most tickets first.
    pub uncovered: Listed<Uncovered>,
    /// Skills that are asked for and that no moderator covers, most tickets first.
    pub missing: Listed<Missing>,
}

/// The first of a longer list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed<T> {
    /// The first 50.
    pub items: Vec<T>,
    /// How many there are.
    pub total: usize,
}

/// A skill that one person alone covers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CoveredAlone {
    /// The skill.
    pub skill: Skill,
    /// Who.
    pub person: Person,
}

/// One line of the queue: tickets that need the same and press alike.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// What they need.
    pub skills: Vec<Skill>,
    /// How much they press.
    pub priority: Priority,
    /// How many they are.
    pub length: u64,
    /// When the oldest was written.
    pub oldest: Timestamp,
}

/// Tickets that no moderator covers whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Uncovered {
    /// What they need.
    pub skills: Vec<Skill>,
    /// How many they are.
    pub tickets: u64,
}

/// A skill that no moderator covers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missing {
    /// The skill.
    pub skill: Skill,
    /// How many tickets that wait ask for it.
    pub tickets: u64,
    /// What it may be meant for, where the dictionary doesn't know it: a guess, never acted upon.
    pub suggestion: Option<Skill>,
}

impl Desk {
    /// Where the staff is thin.
    ///
    /// # Errors
    /// [`DeskError::Forbidden`] for whoever is not an admin.
    pub async fn staffing(&self, actor: &Actor) -> Result<Staffing, DeskError> {
        demand_admin(actor)?;
        self.staffing_figures().await
    }

    /// The same for the metrics of whoever runs the process. This is no use case of the API: it asks nobody's role.
    /// Costs by the number of people and of tickets that wait.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn staffing_figures(&self) -> Result<Staffing, DeskError> {
        let rules = self.rules().await?;
        self.refresh_index().await?;
        let lines = self.store.backlog_lanes().await?;
        let since = self.now() - LOOKED_BACK;
        let given: BTreeMap<_, u64> = self
            .store
            .assigned_since(since)
            .await?
            .into_iter()
            .collect();
        let (loads, alone, queue) = self.ask_index(|index| {
            let queue = backlog_figures(index, &rules, lines);
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
            alone: self.alone(&rules, alone).await?,
            queue,
        })
    }

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

/// The skills that one moderator alone covers.
pub(super) fn covered_alone(index: &Index) -> Vec<Coverage> {
    let mut coverage = index.coverage();
    coverage.retain(|skill| skill.alone.is_some());
    coverage
}

/// What a line's tickets need, where no moderator covers it whole. What needs no skill is for the admins in any case.
fn uncovered_needs(index: &mut Index, rules: &Rules, line: &BacklogLane) -> Option<Vec<Skill>> {
    let skills = rules.needed(&lane_skills(&line.lane));
    let is_uncovered = !skills.is_empty() && index.tier_of(&skills) != Tier::Full;
    is_uncovered.then_some(skills)
}

/// How many of the tickets that wait no moderator covers whole.
pub(super) fn uncovered_tickets(index: &mut Index, rules: &Rules, lines: &[BacklogLane]) -> u64 {
    lines
        .iter()
        .filter(|line| uncovered_needs(index, rules, line).is_some())
        .map(|line| line.length)
        .sum()
}

fn backlog_figures(
    index: &mut Index,
    rules: &Rules,
    mut lines: Vec<BacklogLane>,
) -> BacklogOverview {
    let mut uncovered: BTreeMap<String, Uncovered> = BTreeMap::new();
    let mut missing: BTreeMap<String, Missing> = BTreeMap::new();
    for line in &lines {
        if let Some(skills) = uncovered_needs(index, rules, line) {
            let entry = uncovered.entry(backlog_lane(&skills));
            let entry = entry.or_insert_with(|| Uncovered {
                skills: skills.iter().map(|skill| rules.named(skill)).collect(),
                tickets: 0,
            });
            entry.tickets += line.length;
        }
        for skill in rules
            .needed(&lane_skills(&line.lane))
            .into_iter()
            .filter(|skill| index.holders(&skill.id) == 0)
        {
            let entry = missing.entry(skill.id.clone()).or_insert_with(|| Missing {
                suggestion: rules.suggested(&skill),
                skill: rules.named(&skill.at(None)),
                tickets: 0,
            });
            entry.tickets += line.length;
        }
    }
    let mut uncovered: Vec<Uncovered> = uncovered.into_values().collect();
    uncovered.sort_by_key(|one| Reverse(one.tickets));
    let mut missing: Vec<Missing> = missing.into_values().collect();
    missing.sort_by_key(|one| Reverse(one.tickets));
    lines.sort_by(|a, b| {
        let order = |line: &BacklogLane| (Reverse(line.length), line.oldest);
        order(a).cmp(&order(b)).then_with(|| a.lane.cmp(&b.lane))
    });
    BacklogOverview {
        depth: lines.iter().map(|line| line.length).sum(),
        oldest: lines.iter().map(|line| line.oldest).min(),
        uncovered_tickets: uncovered_tickets(index, rules, &lines),
        uncovered: Listed::of(uncovered),
        missing: Listed::of(missing),
        lines: Listed {
            total: lines.len(),
            items: lines
                .iter()
                .take(MAX_NAMED)
                .map(|line| line_of(rules, line))
                .collect(),
        },
    }
}

fn line_of(rules: &Rules, line: &BacklogLane) -> Line {
    let skills = rules.needed(&lane_skills(&line.lane));
    Line {
        skills: skills.iter().map(|skill| rules.named(skill)).collect(),
        priority: line.priority,
        length: line.length,
        oldest: line.oldest,
    }
}
