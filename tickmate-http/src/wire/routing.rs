//! Routing: a decision and who could take a ticket, an explanation, a preview, and the rules.

use serde::Serialize;
use tickmate_core::{
    desk,
    domain::{
        decision::{Cause, DecidedBy, RankingKey, SkippedStaff, Tier},
        field::Field,
        hours::Holidays,
        routing::Policy,
        skill::{self, SkillEntry},
    },
};
use utoipa::ToSchema;

use crate::requests::{HolidayList, Moment, PriorityWord, QueueReasonWord};

use super::{Id, Staffing, analysis::Staff, decided, moment, person::Person, rules, ticket::Queue};

/// A skill that is needed.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = NeededSkill)]
pub(super) struct Skill {
    id: String,
    name: String,
    #[schema(required)]
    level: Option<u8>,
}

/// A decision of the router.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Decision {
    sentence: String,
    policy: String,
    version: u64,
    #[schema(value_type = decided::Cause)]
    cause: Cause,
    #[schema(value_type = decided::Tier)]
    tier: Tier,
    required: u32,
    covered: u32,
    candidates: u32,
    #[schema(value_type = decided::SkippedStaff)]
    skipped: SkippedStaff,
    #[schema(required, value_type = Option<decided::RankingKey>)]
    chosen: Option<RankingKey>,
    #[schema(required)]
    runner_up: Option<RunnerUp>,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct RunnerUp {
    person: Person,
    #[serde(flatten)]
    #[schema(value_type = decided::RankingKey)]
    compared: RankingKey,
    #[schema(value_type = decided::DecidedBy)]
    decided_by: DecidedBy,
}

/// Who could take a ticket as things stand.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Candidates)]
struct Now {
    policy: String,
    version: u64,
    #[schema(value_type = decided::Tier)]
    tier: Tier,
    candidates: Vec<Candidate>,
    total: usize,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Candidate {
    person: Person,
    #[schema(value_type = decided::State)]
    state: &'static str,
    #[serde(flatten)]
    #[schema(value_type = decided::RankingKey)]
    compared: RankingKey,
}

/// Why a ticket is where it is.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OneExplanation {
    explanation: Explanation,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Explanation {
    #[serde(flatten)]
    ticket: Id,
    number: u64,
    sentence: String,
    needed: Vec<Skill>,
    suggestions: Vec<Skill>,
    #[schema(required)]
    decision: Option<Decision>,
    #[schema(required)]
    assigned_to: Option<Person>,
    #[schema(required)]
    assignment: Option<Assignment>,
    #[schema(required)]
    queue: Option<Queue>,
    now: Now,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Assignment {
    #[schema(value_type = Moment)]
    at: String,
    by_human: bool,
    #[schema(required, value_type = Option<decided::Tier>)]
    tier: Option<Tier>,
}

/// What the desk would do with a text.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OnePreview {
    preview: Preview,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Preview {
    summary: String,
    category: String,
    #[schema(value_type = PriorityWord)]
    priority: &'static str,
    #[serde(rename = "type")]
    #[schema(required)]
    kind: Option<String>,
    needed: Vec<Skill>,
    #[serde(flatten)]
    staff: Staff,
    #[schema(required)]
    assigned_to: Option<Person>,
    #[schema(required, value_type = Option<QueueReasonWord>)]
    waits: Option<&'static str>,
    decision: Decision,
    now: Now,
}

/// A past period under several policies.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OneReplay {
    replay: Replay,
}

#[derive(Debug, Serialize, ToSchema)]
struct Replay {
    #[schema(value_type = Moment)]
    from: String,
    #[schema(value_type = Moment)]
    to: String,
    tickets: u64,
    estimated: u64,
    #[schema(value_type = Vec<rules::ReplayRun>)]
    runs: Vec<desk::ReplayRun>,
}

/// The rules of routing.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OneRouting {
    routing: Routing,
    #[serde(skip_serializing_if = "Option::is_none")]
    staffing: Option<Staffing>,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Routing {
    version: u64,
    #[schema(value_type = rules::Policy)]
    policy: Policy,
    #[schema(value_type = Vec<rules::SkillEntry>)]
    skills: Vec<SkillEntry>,
    #[schema(value_type = HolidayList)]
    holidays: Holidays,
    /// The names of the ready policies.
    #[schema(value_type = Vec<String>)]
    policies: &'static [&'static str],
    shipped_skills: usize,
}

impl Skill {
    pub(super) fn new(skill: &skill::Skill) -> Self {
        Self {
            id: skill.id.clone(),
            name: skill.name.clone(),
            level: skill.level.map(skill::Level::as_u8),
        }
    }

    pub(super) fn all(skills: &[skill::Skill]) -> Vec<Self> {
        skills.iter().map(Self::new).collect()
    }
}

impl Decision {
    fn new(view: desk::DecisionView, legacy_ids: bool) -> Self {
        let decided = view.decided;
        let runner_up = decided.runner_up.zip(view.runner_up);
        Self {
            sentence: view.sentence,
            policy: decided.policy,
            version: decided.version,
            cause: decided.cause,
            tier: decided.tier,
            required: decided.required,
            covered: decided.covered,
            candidates: decided.candidates,
            skipped: decided.skipped,
            chosen: decided.chosen,
            runner_up: runner_up.map(|(next, person)| RunnerUp {
                person: Person::new(&person, legacy_ids),
                compared: next.compared,
                decided_by: next.decided_by,
            }),
        }
    }
}

impl Now {
    fn new(now: &desk::CandidatesNow, legacy_ids: bool) -> Self {
        let candidate = |one: &desk::CandidateView| Candidate {
            person: Person::new(&one.person, legacy_ids),
            state: one.state.as_str(),
            compared: one.compared,
        };
        Self {
            policy: now.policy.clone(),
            version: now.version,
            tier: now.tier,
            candidates: now.people.iter().map(candidate).collect(),
            total: now.total,
        }
    }
}

impl OneExplanation {
    pub(crate) fn new(told: desk::Explanation, legacy_ids: bool) -> Self {
        let person = |person: desk::Person| Person::new(&person, legacy_ids);
        let decision = told.decision;
        let explanation = Explanation {
            ticket: Id::new(told.ticket, legacy_ids),
            number: told.number,
            sentence: told.sentence,
            needed: Skill::all(&told.needed),
            suggestions: Skill::all(&told.suggestions),
            decision: decision.map(|decision| Decision::new(decision, legacy_ids)),
            assigned_to: told.assignee.map(person),
            assignment: told.assignment.map(|assignment| Assignment {
                at: moment(assignment.at),
                by_human: assignment.by_human,
                tier: assignment.tier,
            }),
            queue: told.queued.map(Queue::new),
            now: Now::new(&told.now, legacy_ids),
        };
        Self { explanation }
    }
}

impl OnePreview {
    pub(crate) fn new(preview: desk::Preview, legacy_ids: bool) -> Self {
        let to = preview.to;
        let found = &preview.triage.found;
        let kind = found.kind.as_ref();
        // The text is nobody's, so that what it is read as is all that the type can come from.
        let kind = kind.filter(|_| found.applied.contains(&Field::Type));
        let preview = Preview {
            summary: preview.triage.summary.clone(),
            category: preview.category,
            priority: preview.priority.as_str(),
            kind: kind.cloned(),
            needed: Skill::all(&preview.skills),
            staff: Staff::new(Some(&preview.triage)),
            assigned_to: to.map(|to| Person::new(&to, legacy_ids)),
            waits: preview.waits.map(|reason| reason.as_str()),
            decision: Decision::new(preview.decision, legacy_ids),
            now: Now::new(&preview.now, legacy_ids),
        };
        Self { preview }
    }
}

impl OneReplay {
    pub(crate) fn new(report: desk::ReplayReport) -> Self {
        let replay = Replay {
            from: moment(report.from),
            to: moment(report.to),
            tickets: report.tickets,
            estimated: report.estimated,
            runs: report.runs,
        };
        Self { replay }
    }
}

impl OneRouting {
    pub(crate) fn new(view: desk::RoutingView) -> Self {
        let routing = Routing {
            version: view.version,
            policy: view.rules.policy,
            skills: view.rules.skills,
            holidays: view.rules.holidays,
            policies: view.ready,
            shipped_skills: view.shipped,
        };
        Self {
            routing,
            staffing: None,
        }
    }

    /// With where the staff is thin.
    pub(crate) fn staffing(self, staffing: desk::Staffing, legacy_ids: bool) -> Self {
        Self {
            staffing: Some(Staffing::new(staffing, legacy_ids)),
            ..self
        }
    }
}
