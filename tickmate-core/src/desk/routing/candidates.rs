//! Who could take a ticket as things stand, in the order in which they would be asked.

use std::collections::HashMap;

use crate::{
    desk::{Desk, DeskError, Person, tickets::named},
    domain::{
        decision::{DecisionRecord, RankingKey, Tier},
        id::UserId,
        routing::{Candidate, CandidateState, Needs},
        ticket::Ticket,
    },
};

/// How many candidates are named at most.
pub(super) const MAX_NAMED: usize = 50;

/// Who could take a ticket as things stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CandidatesNow {
    /// Under which policy.
    pub policy: String,
    /// The version of the rules.
    pub version: u64,
    /// How well they fit.
    pub tier: Tier,
    /// The first 50: those who are free in their order, then the others.
    pub people: Vec<CandidateView>,
    /// How many there are.
    pub total: usize,
}

/// Somebody who fits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CandidateView {
    /// Who.
    pub person: Person,
    /// Whether the person could be given it now, and what is in the way.
    pub state: CandidateState,
    /// By what the person is ordered.
    pub compared: RankingKey,
}

/// A decision, in a sentence too.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecisionView {
    /// What it was made of.
    pub decided: DecisionRecord,
    /// The same for people.
    pub sentence: String,
    /// Who was next in order.
    pub runner_up: Option<Person>,
}

/// The candidates for a ticket, whose names are not read yet.
pub(super) struct Candidates {
    policy: String,
    version: u64,
    tier: Tier,
    /// The first [`MAX_NAMED`].
    first: Vec<Candidate>,
    total: usize,
}

impl Desk {
    /// Returns who could take a ticket now.
    pub(super) async fn candidates(&self, ticket: &Ticket) -> Result<Candidates, DeskError> {
        let rules = self.rules().await?;
        self.refresh_index().await?;
        let needed = rules.needed_skills(&ticket.required_skills);
        let needs = Needs {
            skills: &needed,
            requester: ticket.requester,
            declined_by: &ticket.declined_by,
            previous: None,
            now: self.now(),
        };
        let relaxed = rules
            .policy()
            .is_relaxed(ticket.priority, ticket.created_at, needs.now);
        let any_free =
            |found: &[Candidate]| found.iter().any(|one| one.state == CandidateState::Free);
        self.ask_index(|index| {
            let (mut tier, mut first) = index.candidates(&needs);
            if relaxed && !any_free(&first) {
                let by_part = index.candidates_relaxed(&needs);
                if any_free(&by_part.1) {
                    (tier, first) = by_part;
                }
            }
            let total = first.len();
            first.truncate(MAX_NAMED);
            let policy = index.policy().name.clone();
            Candidates {
                policy,
                version: index.version(),
                tier,
                first,
                total,
            }
        })
    }
}

impl Candidates {
    /// Whose names [`CandidatesNow::new`] needs.
    pub(super) fn ids(&self) -> impl Iterator<Item = UserId> {
        self.first.iter().map(|candidate| candidate.id)
    }
}

impl CandidatesNow {
    pub(super) fn new(candidates: Candidates, people: &HashMap<UserId, Person>) -> Self {
        let view = |candidate: Candidate| CandidateView {
            person: named(people, candidate.id),
            state: candidate.state,
            compared: candidate.compared,
        };
        Self {
            policy: candidates.policy,
            version: candidates.version,
            tier: candidates.tier,
            people: candidates.first.into_iter().map(view).collect(),
            total: candidates.total,
        }
    }
}

impl DecisionView {
    /// A decision with the name of its runner-up, where there is one.
    pub(super) fn new(decided: DecisionRecord, people: &HashMap<UserId, Person>) -> Self {
        let name = |id| {
            people
                .get(&id)
                .map(|person| person.display_name().to_owned())
        };
        Self {
            sentence: decided.sentence(name),
            runner_up: runner_up(&decided).map(|id| named(people, id)),
            decided,
        }
    }
}

/// Who was next in order.
pub(super) fn runner_up(decided: &DecisionRecord) -> Option<UserId> {
    decided.runner_up.as_ref().map(|next| next.id)
}
