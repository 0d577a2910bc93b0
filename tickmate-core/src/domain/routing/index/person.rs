//! A user on the roster, and the place in the order of those who fit equally well.

use super::skills::{LeveledSkill, Skills};
use crate::domain::{
    decision::RankingKey,
    id::UserId,
    presence::Presence,
    routing::{LoadMeasure, Policy, Staff, log2},
    time::Timestamp,
    user::Role,
};

/// The sort key of users who fit equally well, smallest first: integers only, and no two keys are equal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    pub(super) load: u32,
    pub(super) versatility: i32,
    pub(super) last: u64,
    pub(super) id: UserId,
    /// The user's slot. It never decides a comparison, since ids differ.
    pub(super) slot: u32,
}

/// Whether a user can be assigned a ticket, and what prevents it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    Free,
    Full,
    Away,
    OffShift,
    Offline,
}

impl State {
    /// The number of states.
    pub(super) const COUNT: usize = 5;
}

/// A user on the roster.
#[derive(Debug)]
pub(super) struct Person {
    pub(super) id: UserId,
    pub(super) role: Role,
    pub(super) own_skills: Box<[LeveledSkill]>,
    pub(super) closure: Box<[LeveledSkill]>,
    pub(super) capacity: u32,
    pub(super) active: u32,
    pub(super) presence: Presence,
    pub(super) shift_ends: Option<Timestamp>,
    pub(super) last: u64,
    pub(super) versatility: i32,
    /// The state and key under which the user is in the ordered sets and counts; `None` if in none of them.
    pub(super) placement: Option<(State, Key)>,
    /// The user's groups, valid for `epoch`.
    pub(super) groups: Vec<u32>,
    pub(super) epoch: u64,
}

impl Person {
    pub(super) fn new(
        staff: &Staff,
        own_skills: Box<[LeveledSkill]>,
        closure: Box<[LeveledSkill]>,
    ) -> Self {
        Self {
            id: staff.id,
            role: staff.role,
            own_skills,
            closure,
            capacity: staff.capacity,
            active: staff.active,
            presence: staff.presence,
            shift_ends: staff.shift_ends,
            last: staff.last_assignment,
            versatility: 0,
            placement: None,
            groups: Vec::new(),
            epoch: 0,
        }
    }

    pub(super) fn state(&self, policy: &Policy) -> State {
        match self.presence {
            Presence::Away => State::Away,
            Presence::OffShift => State::OffShift,
            Presence::Offline => State::Offline,
            Presence::Present if self.active < policy.limit(self.capacity) => State::Free,
            Presence::Present => State::Full,
        }
    }

    pub(super) fn key(&self, policy: &Policy, slot: u32) -> Key {
        let (load, versatility) = match policy.load {
            LoadMeasure::Active => (self.active, self.versatility),
            LoadMeasure::Relative => {
                let limit = u64::from(policy.limit(self.capacity).max(1));
                let share = (u64::from(self.active) << 16) / limit;
                (u32::try_from(share).unwrap_or(u32::MAX), self.versatility)
            }
            LoadMeasure::RoundRobin => (0, 0),
        };
        Key {
            load,
            versatility,
            last: self.last,
            id: self.id,
            slot,
        }
    }

    pub(super) fn compared(&self, policy: &Policy) -> RankingKey {
        RankingKey {
            active: self.active,
            limit: policy.limit(self.capacity),
            versatility: self.versatility,
            last_assignment: self.last,
        }
    }

    /// Returns the versatility: round(log2 of the sum over the own skills of 1/holders). It grows with the number of
    /// skills and with their rarity. Therefore specialists come first, and a user who alone holds many skills comes
    /// last.
    pub(super) fn versatility_among(&self, skills: &Skills) -> i32 {
        const ONE: u32 = 32;
        let share = |leveled: &LeveledSkill| {
            (1_u64 << ONE) / u64::from(skills.holders(leveled.skill).max(1))
        };
        let sum: u64 = self.own_skills.iter().map(share).sum();
        if sum == 0 {
            return 0;
        }
        let half = 1_i64 << (log2::FRACTION - 1);
        let rounded =
            (log2::log2(sum) - (i64::from(ONE) << log2::FRACTION) + half) >> log2::FRACTION;
        i32::try_from(rounded).unwrap_or(0)
    }
}
