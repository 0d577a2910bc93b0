//! The record of a decision: what was compared, and a sentence for people made of it.

use serde::{Deserialize, Serialize};

use super::Tier;
use crate::domain::id::UserId;

/// What a decision was made of. It is stored with the ticket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DecisionRecord {
    /// Under which policy.
    pub policy: String,
    /// The version of the policy and the dictionary.
    pub version: u64,
    /// What made the router look.
    pub cause: Cause,
    /// How well those fit among whom it chose.
    pub tier: Tier,
    /// How many skills were required, as far as anybody knows them; an ancestor of another one doesn't count.
    pub required: u32,
    /// How many of them are covered by those among whom it chose.
    pub covered: u32,
    /// How many had room.
    pub candidates: u32,
    /// Who would have fitted, but for a reason.
    pub skipped: SkippedStaff,
    /// What the chosen person looked like; none where the ticket was held.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chosen: Option<RankingKey>,
    /// Who was next in order, and what decided between the two.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub runner_up: Option<RunnerUp>,
}

/// What made the router look at a ticket.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// It was its turn.
    #[default]
    Turn,
    /// It waited so long that a part of the skills is enough.
    Relaxed,
    /// Whoever had it is absent.
    HandOver,
    /// Somebody idle takes it over from somebody busy.
    Rebalance,
}

/// What people are ordered by, smallest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RankingKey {
    /// Open tickets before this one.
    pub active: u32,
    /// How many the policy allows.
    pub limit: u32,
    /// The class of versatility: the binary logarithm of the sum of 1/holders over the own skills.
    pub versatility: i32,
    /// The place among all events of the one that last gave the person a ticket.
    pub last_assignment: u64,
}

/// Who was next in order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RunnerUp {
    /// The person.
    pub id: UserId,
    /// What the person looked like.
    #[serde(flatten)]
    pub compared: RankingKey,
    /// What decided.
    pub decided_by: DecidedBy,
}

/// What decided between two people.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DecidedBy {
    /// The requester's last ticket was the chosen person's.
    Acquainted,
    /// The load.
    Load,
    /// Fewer and less rare skills.
    Versatility,
    /// Without a new ticket for longer.
    LastAssignment,
    /// Nothing but the id.
    Id,
}

/// How many would have fitted, by what kept them out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct SkippedStaff {
    /// No room.
    pub full: u32,
    /// Away.
    pub away: u32,
    /// Outside of the working hours.
    pub off_shift: u32,
    /// Offline.
    pub offline: u32,
    /// The shift ends too soon.
    pub shift_ends: u32,
    /// Asked, or gave it back.
    pub excluded: u32,
}

impl SkippedStaff {
    fn words(&self) -> Vec<String> {
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
    /// The decision as a sentence: `covers all 2 required skills; 0 of 10 places taken, fewest of 6; before Ann
    /// because less versatile (-1 < 0); skipped: 2 away, 3 full`. `name` says how to call the
    /// runner-up; where it doesn't, that part is left out.
    pub fn sentence(&self, name: impl Fn(UserId) -> Option<String>) -> String {
        let mut parts = vec![self.fit()];
        match &self.chosen {
            Some(chosen) => parts.push(self.load_of(chosen)),
            None if self.nobody() => parts.push("there is nobody who could take it".to_owned()),
            None => parts.push("nobody who fits has room now".to_owned()),
        }
        if let (Some(chosen), Some(runner_up)) = (&self.chosen, &self.runner_up)
            && let Some(name) = name(runner_up.id)
        {
            let why = because(chosen, runner_up);
            parts.push(format!("before {name} because {why}"));
        }
        let skipped = self.skipped.words();
        if !skipped.is_empty() {
            parts.push(format!("skipped: {}", skipped.join(", ")));
        }
        parts.join("; ")
    }

    fn fit(&self) -> String {
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
            Cause::HandOver => format!("taken over from somebody absent: {fit}"),
            Cause::Rebalance => format!("taken over by somebody idle: {fit}"),
            Cause::Turn | Cause::Relaxed => fit,
        }
    }

    fn load_of(&self, chosen: &RankingKey) -> String {
        let load = format!("{} of {} places taken", chosen.active, chosen.limit);
        match self.candidates {
            0 | 1 => format!("{load}; nobody else fits and has room"),
            n => format!("{load}, first of {n} who fit"),
        }
    }

    fn nobody(&self) -> bool {
        self.skipped == SkippedStaff::default()
    }
}

fn because(chosen: &RankingKey, other: &RunnerUp) -> String {
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
