//! The candidates for a ticket as things stand, in the order in which the router prefers them.

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

/// The maximum number of candidates that are listed.
pub(super) const MAX_NAMED: usize = 50;

/// The candidates for a ticket as things stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CandidatesNow {
    /// The name of the policy.
    pub policy: String,
    /// The version of the rules.
    pub version: u64,
    /// How well the candidates fit.
    pub tier: Tier,
    /// The first 50 candidates: free ones in their order, then the others.
    pub people: Vec<CandidateView>,
    /// The number of all candidates.
    pub total: usize,
}

/// A candidate for a ticket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CandidateView {
    /// The user.
    pub person: Person,
    /// Whether the user can be assigned the ticket now, or why not.
    pub state: CandidateState,
    /// The values that determine the user's rank.
    pub compared: RankingKey,
}

/// A decision of the router with an explanation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecisionView {
    /// The recorded decision.
    pub decided: DecisionRecord,
    /// The explanation as a sentence.
    pub sentence: String,
    /// The next user in the ranking.
    pub runner_up: Option<Person>,
}

/// The candidates for a ticket, without their names.
pub(super) struct Candidates {
    policy: String,
    version: u64,
    tier: Tier,
    /// The first [`MAX_NAMED`].
    first: Vec<Candidate>,
    total: usize,
}

impl Desk {
    /// Returns the candidates for a ticket now.
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
    /// Returns the ids of the users whose names [`CandidatesNow::new`] needs.
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
    /// Makes a view of a decision, with the name of its runner-up if there is one.
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

/// Returns the next user in the ranking.
pub(super) fn runner_up(decided: &DecisionRecord) -> Option<UserId> {
    decided.runner_up.as_ref().map(|next| next.id)
}
