//! The routing policy: what the desk's owner can choose, under names that the documentation uses.

use serde::{Deserialize, Serialize};

use crate::domain::{
    priority::Priority,
    time::{Span, Timestamp, has_passed},
};

/// How people are ordered among those who fit equally well.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LoadMeasure {
    /// Fewest open tickets, then the least versatile, then whoever was given one longest ago.
    #[default]
    Active,
    /// The smallest share of the own limit taken, then likewise.
    Relative,
    /// Whoever was given one longest ago, whatever the load below the limit.
    RoundRobin,
}

/// Minutes by priority; none where it is off.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Timers {
    /// For low priority.
    pub low: Option<u32>,
    /// For medium priority.
    pub medium: Option<u32>,
    /// For high priority.
    pub high: Option<u32>,
    /// For urgent ones.
    pub urgent: Option<u32>,
}

impl Timers {
    /// The same for every priority.
    pub const fn all(minutes: u32) -> Self {
        let minutes = Some(minutes);
        Self {
            low: minutes,
            medium: minutes,
            high: minutes,
            urgent: minutes,
        }
    }

    /// After how long, for a ticket of this priority.
    pub fn of(&self, priority: Priority) -> Option<Span> {
        let minutes = match priority {
            Priority::Low => self.low,
            Priority::Medium => self.medium,
            Priority::High => self.high,
            Priority::Urgent => self.urgent,
        };
        minutes.map(|minutes| Span::minutes(i64::from(minutes)))
    }

    /// Whether it is off for every priority.
    pub fn is_off(&self) -> bool {
        *self == Self::default()
    }
}

/// How much a held ticket's age counts, by priority: the line of the largest `weight x age` is served first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Weights {
    /// For low priority.
    pub low: u16,
    /// For medium priority.
    pub medium: u16,
    /// For high priority.
    pub high: u16,
    /// For urgent ones.
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
    /// The weight of a priority.
    pub const fn of(&self, priority: Priority) -> u16 {
        match priority {
            Priority::Low => self.low,
            Priority::Medium => self.medium,
            Priority::High => self.high,
            Priority::Urgent => self.urgent,
        }
    }
}

/// How tickets are given to people. Every value is bounded, see [`Policy::check`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Policy {
    /// What the owner calls it; decisions are stored under this name.
    pub name: String,
    /// How many tickets may wait with a person beside the one in hand; none: as many as the capacity takes. What
    /// goes beyond is held, and pulled by whoever has room first.
    pub ahead: Option<u32>,
    /// The order among people who fit equally well.
    pub load: LoadMeasure,
    /// Whether the person who had the requester's last ticket comes first, as long as that costs one place at most.
    pub sticky: bool,
    /// Whether somebody idle takes over a ticket that nobody began, once per ticket.
    pub rebalance: bool,
    /// Whether an absent person's tickets, begun ones too, move to somebody who can take them at once, and stay
    /// until then. Off: what was not begun goes back to the queue.
    pub hand_over: bool,
    /// The least share of the required skills, by rarity and in thousandths, that somebody must cover to be given
    /// a ticket that nobody covers whole.
    pub partial_from: u16,
    /// After this many refusals a ticket goes to the admins.
    pub bounces: u16,
    /// How many minutes of a person's shift must be left; 0: none.
    pub min_remaining: u32,
    /// After how many minutes in the queue somebody who covers a part may be given a ticket that others cover whole.
    pub relax_after: Timers,
    /// The least share, as of `partial_from`, that is enough then.
    pub relax_from: u16,
    /// After how many minutes since it was written, or was last raised, a ticket that waits rises by one priority.
    /// One whose priority a human set does not.
    pub escalate_after: Timers,
    /// In which order what is held is served.
    pub weights: Weights,
}

/// A policy with a value out of its bounds.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {message}")]
pub struct PolicyError {
    /// Which field.
    pub field: &'static str,
    /// What is wrong with it.
    pub message: String,
}

impl Default for Policy {
    /// Direct: a ticket gets its owner at once, up to the person's capacity.
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
    /// The names of the policies that are ready to be used.
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

    /// The policy of one of [`Policy::NAMES`].
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

    /// How many tickets a person of this capacity is given automatically.
    pub fn limit(&self, capacity: u32) -> u32 {
        capacity.min(self.seats_ahead().saturating_add(1))
    }

    /// How many tickets may wait with a person beside the one in hand.
    pub fn seats_ahead(&self) -> u32 {
        self.ahead.unwrap_or(u32::MAX)
    }

    /// Whether a ticket that was written then has waited so long that a part of its skills is enough.
    pub fn is_relaxed(&self, priority: Priority, written: Timestamp, now: Timestamp) -> bool {
        let after = self.relax_after.of(priority);
        after.is_some_and(|after| has_passed(after, written, now))
    }

    /// The priority of a ticket that was written or last raised then and still waits.
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
    /// Names the first field that is not.
    pub fn check(&self) -> Result<(), PolicyError> {
        let bad = |field, message: &str| {
            Err(PolicyError {
                field,
                message: message.to_owned(),
            })
        };
        let length = self.name.chars().count();
        if !(1..=40).contains(&length) || self.name.chars().any(char::is_control) {
            return bad("name", "must have 1 to 40 characters on one line");
        }
        if self.ahead.is_some_and(|ahead| ahead > 1_000) {
            return bad("ahead", "must be null or 0 to 1000");
        }
        if !(1..=1_000).contains(&self.partial_from) {
            return bad("partialFrom", "must be 1 to 1000");
        }
        if !(1..=1_000).contains(&self.relax_from) {
            return bad("relaxFrom", "must be 1 to 1000");
        }
        if !(1..=100).contains(&self.bounces) {
            return bad("bounces", "must be 1 to 100");
        }
        if self.min_remaining > 24 * 60 {
            return bad("minRemaining", "must be 0 to 1440 minutes");
        }
        for (field, timers) in [
            ("relaxAfter", &self.relax_after),
            ("escalateAfter", &self.escalate_after),
        ] {
            let year = 365 * 24 * 60;
            let wrong = |priority| {
                timers
                    .of(priority)
                    .is_some_and(|span| !(1..=year).contains(&span.num_minutes()))
            };
            if Priority::ALL.into_iter().any(wrong) {
                return bad(field, "must be null or 1 to 525600 minutes each");
            }
        }
        let weight = |priority| self.weights.of(priority);
        if Priority::ALL
            .into_iter()
            .any(|priority| !(1..=1_000).contains(&weight(priority)))
        {
            return bad("weights", "must be 1 to 1000 each");
        }
        Ok(())
    }
}
