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

impl Desk {
    /// Who could take a ticket now.
    pub(super) async fn candidates_now(&self, ticket: &Ticket) -> Result<CandidatesNow, DeskError> {
        let rules = self.rules().await?;
        self.refresh_index().await?;
        let needed = rules.needed(&ticket.required_skills);
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
        let (policy, version, tier, mut found) = self.ask_index(|index| {
            let mut found = index.candidates(&needs);
            if relaxed && !any_free(&found.1) {
                let by_part = index.candidates_relaxed(&needs);
                found = if any_free(&by_part.1) { by_part } else { found };
            }
            let (tier, found) = found;
            let policy = index.policy().name.clone();
            (policy, index.version(), tier, found)
        })?;
        let total = found.len();
        found.truncate(MAX_NAMED);
        let people = self.directory(found.iter().map(|one| one.id).collect());
        let people = people.await?;
        let view = |one: Candidate| CandidateView {
            person: named(&people, one.id),
            state: one.state,
            compared: one.compared,
        };
        Ok(CandidatesNow {
            policy,
            version,
            tier,
            people: found.into_iter().map(view).collect(),
            total,
        })
    }

    /// A decision, with the names of the people in it.
    pub(super) async fn decision_view(
        &self,
        decided: DecisionRecord,
    ) -> Result<DecisionView, DeskError> {
        let runner_up = decided.runner_up.as_ref().map(|next| next.id);
        let people: HashMap<UserId, Person> = match runner_up {
            Some(id) => self.directory(vec![id]).await?,
            None => HashMap::new(),
        };
        let name = |id| {
            people
                .get(&id)
                .map(|person| person.display_name().to_owned())
        };
        Ok(DecisionView {
            sentence: decided.sentence(name),
            runner_up: runner_up.map(|id| named(&people, id)),
            decided,
        })
    }
}
