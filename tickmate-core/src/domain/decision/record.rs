//! The record of a decision: the compared values, and a sentence that explains them.

use serde::{Deserialize, Serialize};

use super::Tier;
use crate::domain::id::UserId;

/// The record of a decision. It is stored with the ticket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DecisionRecord {
    /// The name of the policy.
    pub policy: String,
    /// The version of the policy and the dictionary.
    pub version: u64,
    /// The cause of the decision.
    pub cause: Cause,
    /// The tier of the candidates.
    pub tier: Tier,
    /// The number of required skills, without unknown ones and ancestors of others.
    pub required: u32,
    /// The number of these skills that the candidates cover.
    pub covered: u32,
    /// The number of candidates with a free seat.
    pub candidates: u32,
    /// The users who fit but were skipped, by reason.
    pub skipped: SkippedStaff,
    /// The ranking of the assignee; `None` if the ticket waits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chosen: Option<RankingKey>,
    /// The next user in order, and what decided between the two.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub runner_up: Option<RunnerUp>,
}

/// The cause of a decision.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// The ticket was the next in the backlog.
    #[default]
    Turn,
    /// The ticket waited long enough for a partial match.
    Relaxed,
    /// The previous assignee is absent.
    HandOver,
    /// An idle user takes the ticket over from a busy colleague.
    Rebalance,
}

/// The values by which users are ordered, smallest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RankingKey {
    /// The number of open tickets before this one.
    pub active: u32,
    /// The maximum number of open tickets under the policy.
    pub limit: u32,
    /// The versatility: the rounded binary logarithm of the sum of 1/holders over the own skills.
    pub versatility: i32,
    /// The sequence number of the event of the last assignment; 0: none.
    pub last_assignment: u64,
}

/// The next user in order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RunnerUp {
    /// The user's id.
    pub id: UserId,
    /// The ranking of the user.
    #[serde(flatten)]
    pub compared: RankingKey,
    /// What decided between the two.
    pub decided_by: DecidedBy,
}

/// The value that decided between two users.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DecidedBy {
    /// The requester's last ticket was assigned to the chosen user.
    Acquainted,
    /// The load.
    Load,
    /// The chosen user has fewer and less rare skills.
    Versatility,
    /// The chosen user's last assignment is older.
    LastAssignment,
    /// Only the id.
    Id,
}

/// The number of users who fit but were skipped, by reason.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct SkippedStaff {
    /// Users without a free seat.
    pub full: u32,
    /// Users who are away.
    pub away: u32,
    /// Users outside of their working hours.
    pub off_shift: u32,
    /// Users who are offline.
    pub offline: u32,
    /// Users whose shift ends too soon.
    pub shift_ends: u32,
    /// Users who wrote or declined the ticket.
    pub excluded: u32,
}

impl SkippedStaff {
    fn non_zero_counts(&self) -> Vec<String> {
        [
            (self.full, "full"),
            (self.away, "away"),
            (self.off_shift, "off shift"),
            (self.offline, "offline"),
            (self.shift_ends, "about to leave"),
            (self.excluded, "excluded"),
        ]
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, word)| format!("{count} {word}"))
        .collect()
    }
}

impl DecisionRecord {
    /// Returns the decision as a sentence: `covers all 2 required skills; 0 of 10 places taken, first of 6 who fit;
    /// before Ann because less versatile (-1 < 0); skipped: 3 full, 2 away`. `name` returns the name of the
    /// runner-up; if it returns `None`, that part is omitted.
    pub fn sentence(&self, name: impl Fn(UserId) -> Option<String>) -> String {
        let mut parts = vec![self.fit_words()];
        match &self.chosen {
            Some(chosen) => parts.push(self.load_words(chosen)),
            None if self.has_no_candidates() => {
                parts.push("there is nobody who could take it".to_owned())
            }
            None => parts.push("nobody who fits has room now".to_owned()),
        }
        if let (Some(chosen), Some(runner_up)) = (&self.chosen, &self.runner_up)
            && let Some(name) = name(runner_up.id)
        {
            let why = comparison_words(chosen, runner_up);
            parts.push(format!("before {name} because {why}"));
        }
        let skipped = self.skipped.non_zero_counts();
        if !skipped.is_empty() {
            parts.push(format!("skipped: {}", skipped.join(", ")));
        }
        parts.join("; ")
    }

    fn fit_words(&self) -> String {
        let (covered, required) = (self.covered, self.required);
        let fit = match self.tier {
            Tier::Full if required == 1 => "covers the required skill".to_owned(),
            Tier::Full => format!("covers all {required} required skills"),
            Tier::Partial if self.cause == Cause::Relaxed => {
                "covers a part of the required skills, which is enough after so long".to_owned()
            }
            Tier::Partial if covered == 0 => {
                "knows what is close to the required skills, and nobody covers any".to_owned()
            }
            Tier::Partial => {
                format!("covers {covered} of {required} required skills, and nobody covers more")
            }
            Tier::Admins if required == 0 => {
                "for the admins, because no skill was found in it".to_owned()
            }
            Tier::Admins => {
                "for the admins, because no moderator who could take it covers enough".to_owned()
            }
        };
        match self.cause {
            Cause::HandOver => format!("taken over from an absent colleague: {fit}"),
            Cause::Rebalance => format!("taken over by an idle colleague: {fit}"),
            Cause::Turn | Cause::Relaxed => fit,
        }
    }

    fn load_words(&self, chosen: &RankingKey) -> String {
        let load = format!("{} of {} places taken", chosen.active, chosen.limit);
        match self.candidates {
            0 | 1 => format!("{load}; nobody else fits and has room"),
            n => format!("{load}, first of {n} who fit"),
        }
    }

    fn has_no_candidates(&self) -> bool {
        self.skipped == SkippedStaff::default()
    }
}

fn comparison_words(chosen: &RankingKey, other: &RunnerUp) -> String {
    match other.decided_by {
        DecidedBy::Acquainted => "the requester's last ticket was with this person".to_owned(),
        DecidedBy::Load => format!(
            "less is open ({} of {} < {} of {})",
            chosen.active, chosen.limit, other.compared.active, other.compared.limit
        ),
        DecidedBy::Versatility => format!(
            "less versatile ({} < {})",
            chosen.versatility, other.compared.versatility
        ),
        DecidedBy::LastAssignment => "without a new ticket for longer".to_owned(),
        DecidedBy::Id => "of the order of ids, all else being equal".to_owned(),
    }
}
