//! The routing policy: what the desk's owner can configure, under the names that the documentation uses.

use serde::{Deserialize, Serialize};

use crate::domain::{
    priority::Priority,
    time::{Span, Timestamp, has_passed},
};

/// The order of users who fit equally well.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LoadMeasure {
    /// Fewest open tickets first, then the least versatile, then the one whose last assignment is the oldest.
    #[default]
    Active,
    /// The smallest used share of the user's own limit first, then as in `Active`.
    Relative,
    /// The oldest last assignment first, regardless of the load below the limit.
    RoundRobin,
}

/// Minutes by priority; `None` where the timer is off.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Timers {
    /// For low priority.
    pub low: Option<u32>,
    /// For medium priority.
    pub medium: Option<u32>,
    /// For high priority.
    pub high: Option<u32>,
    /// For urgent priority.
    pub urgent: Option<u32>,
}

impl Timers {
    /// Returns timers with the same minutes for every priority.
    pub const fn all(minutes: u32) -> Self {
        let minutes = Some(minutes);
        Self {
            low: minutes,
            medium: minutes,
            high: minutes,
            urgent: minutes,
        }
    }

    /// Returns the time span for a priority.
    pub fn of(&self, priority: Priority) -> Option<Span> {
        let minutes = match priority {
            Priority::Low => self.low,
            Priority::Medium => self.medium,
            Priority::High => self.high,
            Priority::Urgent => self.urgent,
        };
        minutes.map(|minutes| Span::minutes(i64::from(minutes)))
    }

    /// Returns whether the timer is off for every priority.
    pub fn is_off(&self) -> bool {
        *self == Self::default()
    }
}

/// The weight of a backlog ticket's age, by priority: the lane with the largest `weight x age` is dispatched first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Weights {
    /// For low priority.
    pub low: u16,
    /// For medium priority.
    pub medium: u16,
    /// For high priority.
    pub high: u16,
    /// For urgent priority.
    pub urgent: u16,
}

impl Default for Weights {
    fn default() -> Self {
        Self {
            low: 1,
            medium: 2,
            high: 32,
            urgent: 128,
        }
    }
}

impl Weights {
    /// Returns the weight of a priority.
    pub const fn of(&self, priority: Priority) -> u16 {
        match priority {
            Priority::Low => self.low,
            Priority::Medium => self.medium,
            Priority::High => self.high,
            Priority::Urgent => self.urgent,
        }
    }
}

/// How tickets are assigned. Every value is bounded, see [`Policy::check`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Policy {
    /// The owner's name of the policy. Decisions are stored under it.
    pub name: String,
    /// How many tickets a user may have in addition to the one in progress; `None`: as many as the capacity allows.
    /// Further tickets stay in the backlog until a user has a free seat.
    pub ahead: Option<u32>,
    /// The order of users who fit equally well.
    pub load: LoadMeasure,
    /// Whether the assignee of the requester's last ticket comes first, provided that this user has at most one
    /// ticket more than the first in order.
    pub sticky: bool,
    /// Whether an idle user takes over a ticket that a colleague has not begun, once per ticket.
    pub rebalance: bool,
    /// Whether an absent user's tickets, including begun ones, move to users who can take them now, and stay until
    /// then. If off, tickets that were not begun return to the backlog.
    pub hand_over: bool,
    /// The minimum share of the required skills, weighted by rarity and in thousandths, that a moderator must cover
    /// to be assigned a ticket that nobody covers completely.
    pub partial_from: u16,
    /// After this many declines a ticket goes to the admins.
    pub bounces: u16,
    /// How many minutes of a user's shift must be left; 0: no minimum.
    pub min_remaining: u32,
    /// After how many minutes a ticket may be assigned to a moderator who covers only a part of its skills, although
    /// others cover all.
    pub relax_after: Timers,
    /// The minimum share that is enough then, as in `partial_from`.
    pub relax_from: u16,
    /// After how many minutes since its creation or last escalation a waiting ticket rises by one priority. Tickets
    /// whose priority was set by a user do not rise.
    pub escalate_after: Timers,
    /// The weights of the dispatch order of the backlog.
    pub weights: Weights,
}

/// A policy value is out of its bounds.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {message}")]
pub struct PolicyError {
    /// The field.
    pub field: &'static str,
    /// The bounds of the field.
    pub message: String,
}

impl Default for Policy {
    /// Returns the policy `direct`: a ticket is assigned at once, up to the user's capacity.
    fn default() -> Self {
        Self {
            name: "direct".to_owned(),
            ahead: None,
            load: LoadMeasure::Active,
            sticky: false,
            rebalance: false,
            hand_over: false,
            partial_from: 250,
            bounces: 3,
            min_remaining: 0,
            relax_after: Timers::default(),
            relax_from: 500,
            escalate_after: Timers::default(),
            weights: Weights::default(),
        }
    }
}

impl Policy {
    /// The names of the predefined policies.
    pub const NAMES: [&'static str; 9] = [
        "direct",
        "late",
        "ahead",
        "rebalance",
        "direct-rebalance",
        "round-robin",
        "relative",
        "relax",
        "sticky",
    ];

    /// Returns a predefined policy by its name, see [`Policy::NAMES`].
    pub fn named(name: &str) -> Option<Self> {
        let name = Self::NAMES.into_iter().find(|known| *known == name)?;
        let mut policy = Self {
            name: name.to_owned(),
            ..Self::default()
        };
        match name {
            "late" => policy.ahead = Some(0),
            "ahead" => policy.ahead = Some(1),
            "rebalance" => {
                policy.ahead = Some(1);
                policy.rebalance = true;
            }
            "direct-rebalance" => policy.rebalance = true,
            "round-robin" => policy.load = LoadMeasure::RoundRobin,
            "relative" => policy.load = LoadMeasure::Relative,
            "relax" => {
                policy.ahead = Some(1);
                policy.relax_after = Timers::all(60);
            }
            "sticky" => policy.sticky = true,
            _ => {}
        }
        Some(policy)
    }

    /// Returns how many tickets a user of this capacity is assigned automatically.
    pub fn limit(&self, capacity: u32) -> u32 {
        capacity.min(self.seats_ahead().saturating_add(1))
    }

    /// Returns how many tickets a user may have in addition to the one in progress.
    pub fn seats_ahead(&self) -> u32 {
        self.ahead.unwrap_or(u32::MAX)
    }

    /// Returns whether a ticket created at `written` has waited long enough for a partial match.
    pub fn is_relaxed(&self, priority: Priority, written: Timestamp, now: Timestamp) -> bool {
        let after = self.relax_after.of(priority);
        after.is_some_and(|after| has_passed(after, written, now))
    }

    /// Returns the priority of a waiting ticket that was created or last escalated at `since`.
    pub fn escalated(&self, priority: Priority, since: Timestamp, now: Timestamp) -> Priority {
        let due = self
            .escalate_after
            .of(priority)
            .is_some_and(|after| has_passed(after, since, now));
        match priority {
            Priority::Low if due => Priority::Medium,
            Priority::Medium if due => Priority::High,
            Priority::High if due => Priority::Urgent,
            _ => priority,
        }
    }

    /// Checks that every value is within its bounds.
    ///
    /// # Errors
    /// Returns the first field that is out of its bounds.
    pub fn check(&self) -> Result<(), PolicyError> {
        let out_of_bounds = |field, message: &str| {
            Err(PolicyError {
                field,
                message: message.to_owned(),
            })
        };
        let length = self.name.chars().count();
        if !(1..=40).contains(&length) || self.name.chars().any(char::is_control) {
            return out_of_bounds("name", "must have 1 to 40 characters on one line");
        }
        if self.ahead.is_some_and(|ahead| ahead > 1_000) {
            return out_of_bounds("ahead", "must be null or 0 to 1000");
        }
        if !(1..=1_000).contains(&self.partial_from) {
            return out_of_bounds("partialFrom", "must be 1 to 1000");
        }
        if !(1..=1_000).contains(&self.relax_from) {
            return out_of_bounds("relaxFrom", "must be 1 to 1000");
        }
        if !(1..=100).contains(&self.bounces) {
            return out_of_bounds("bounces", "must be 1 to 100");
        }
        if self.min_remaining > 24 * 60 {
            return out_of_bounds("minRemaining", "must be 0 to 1440 minutes");
        }
        for (field, timers) in [
            ("relaxAfter", &self.relax_after),
            ("escalateAfter", &self.escalate_after),
        ] {
            let year = 365 * 24 * 60;
            let is_out_of_bounds = |priority| {
                timers
                    .of(priority)
                    .is_some_and(|span| !(1..=year).contains(&span.num_minutes()))
            };
            if Priority::ALL.into_iter().any(is_out_of_bounds) {
                return out_of_bounds(field, "must be null or 1 to 525600 minutes each");
            }
        }
        let weight = |priority| self.weights.of(priority);
        if Priority::ALL
            .into_iter()
            .any(|priority| !(1..=1_000).contains(&weight(priority)))
        {
            return out_of_bounds("weights", "must be 1 to 1000 each");
        }
        Ok(())
    }
}
