//! One person on the roster, and the place in the order among those who fit equally well.

use super::skills::{LeveledSkill, Skills};
use crate::domain::{
    decision::RankingKey,
    id::UserId,
    presence::Presence,
    routing::{LoadMeasure, Policy, Staff, log2},
    time::Timestamp,
    user::Role,
};

/// The order among people who fit equally well, smallest first: integers only, no two alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    pub(super) load: u32,
    pub(super) versatility: i32,
    pub(super) last: u64,
    pub(super) id: UserId,
    /// Where the person is kept. Never compared, since ids differ.
    pub(super) slot: u32,
}

/// What keeps somebody from being given a ticket, if anything does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    Free,
    Full,
    Away,
    OffShift,
    Offline,
}

impl State {
    /// How many states there are.
    pub(super) const COUNT: usize = 5;
}

/// One person.
#[derive(Debug)]
pub(super) struct Person {
    pub(super) id: UserId,
    pub(super) role: Role,
    pub(super) own: Box<[LeveledSkill]>,
    pub(super) closure: Box<[LeveledSkill]>,
    pub(super) capacity: u32,
    pub(super) active: u32,
    pub(super) presence: Presence,
    pub(super) shift_ends: Option<Timestamp>,
    pub(super) last: u64,
    pub(super) versatility: i32,
    /// Under which state and key the person stands in the ordered sets and counts; none: in none of them.
    pub(super) placed: Option<(State, Key)>,
    /// The groups that the person belongs to, as of `epoch`.
    pub(super) groups: Vec<u32>,
    pub(super) epoch: u64,
}

impl Person {
    pub(super) fn new(
        staff: &Staff,
        own: Box<[LeveledSkill]>,
        closure: Box<[LeveledSkill]>,
    ) -> Self {
        Self {
            id: staff.id,
            role: staff.role,
            own,
            closure,
            capacity: staff.capacity,
            active: staff.active,
            presence: staff.presence,
            shift_ends: staff.shift_ends,
            last: staff.last_assignment,
            versatility: 0,
            placed: None,
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

    /// The class of versatility: round(log2 of the sum over the own skills of 1/holders). It grows with the number
    /// of skills and with their rarity, so that specialists come first and whoever alone holds much comes last.
    pub(super) fn versatility_among(&self, skills: &Skills) -> i32 {
        const ONE: u32 = 32;
        let share =
            |held: &LeveledSkill| (1_u64 << ONE) / u64::from(skills.holders(held.skill).max(1));
        let sum: u64 = self.own.iter().map(share).sum();
        if sum == 0 {
            return 0;
        }
        let half = 1_i64 << (log2::FRACTION - 1);
        let rounded =
            (log2::log2(sum) - (i64::from(ONE) << log2::FRACTION) + half) >> log2::FRACTION;
        i32::try_from(rounded).unwrap_or(0)
    }
}
