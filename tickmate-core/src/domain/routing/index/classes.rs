//! Classes of tickets that need the same, and the groups of people who can take them.

use std::collections::BTreeSet;

use super::{
    Map,
    person::{Key, State},
    skills::LeveledSkill,
};
use crate::domain::decision::Tier;

/// How many classes are kept at once. Beyond that all are forgotten, and found again as they come.
const MAX_CLASSES: usize = 4_096;

/// The group of the admins is always there.
pub(super) const ADMINS: u32 = 0;

/// People who can take the same tickets.
#[derive(Debug, Default)]
pub(super) struct Group {
    /// How many people belong to it.
    pub(super) members: u32,
    /// How many of them are in each state.
    pub(super) counts: [u32; State::COUNT],
    /// Those who are free in their order; none where a skill's set is walked instead.
    pub(super) free: Option<BTreeSet<Key>>,
}

impl Group {
    /// How many are free.
    pub(super) const fn free_count(&self) -> u32 {
        self.counts[State::Free as usize]
    }

    /// Counts somebody in, and lines up who is free.
    pub(super) fn add(&mut self, state: State, key: Key) {
        self.counts[state as usize] += 1;
        if state == State::Free
            && let Some(free) = &mut self.free
        {
            free.insert(key);
        }
    }

    /// Takes back what `add` did.
    pub(super) fn take_out(&mut self, state: State, key: &Key) {
        let count = &mut self.counts[state as usize];
        *count = count.saturating_sub(1);
        if let Some(free) = &mut self.free {
            free.remove(key);
        }
    }
}

/// What tickets of one kind come to.
#[derive(Debug, Clone)]
pub(super) struct Class {
    pub(super) tier: Tier,
    pub(super) group: u32,
    /// The skill whose free people are walked, where the group has no set of its own.
    pub(super) walk: Option<u32>,
    pub(super) asked: Box<[LeveledSkill]>,
    /// How many skills the group's people cover.
    pub(super) covered: u32,
}

/// Every class that was asked for lately.
#[derive(Debug)]
pub(super) struct Classes {
    by_needs: Map<(Box<[LeveledSkill]>, bool), u32>,
    list: Vec<Class>,
    pub(super) groups: Vec<Group>,
    /// Counts how often all were forgotten.
    pub(super) epoch: u64,
}

impl Default for Classes {
    fn default() -> Self {
        let admins = Group {
            free: Some(BTreeSet::new()),
            ..Group::default()
        };
        Self {
            by_needs: Map::default(),
            list: Vec::new(),
            groups: vec![admins],
            epoch: 0,
        }
    }
}

impl Classes {
    pub(super) fn find(&self, needs: &(Box<[LeveledSkill]>, bool)) -> Option<u32> {
        self.by_needs.get(needs).copied()
    }

    pub(super) fn get(&self, class: u32) -> Option<&Class> {
        self.list.get(class as usize)
    }

    pub(super) fn group(&self, class: &Class) -> &Group {
        &self.groups[class.group as usize]
    }

    pub(super) fn is_full(&self) -> bool {
        self.list.len() >= MAX_CLASSES
    }

    pub(super) fn add(&mut self, needs: (Box<[LeveledSkill]>, bool), class: Class) -> u32 {
        let number = u32::try_from(self.list.len()).unwrap_or(u32::MAX);
        self.list.push(class);
        self.by_needs.insert(needs, number);
        number
    }

    pub(super) fn add_group(&mut self, group: Group) -> u32 {
        let number = u32::try_from(self.groups.len()).unwrap_or(u32::MAX);
        self.groups.push(group);
        number
    }

    /// Forgets every class, because somebody's skills changed.
    pub(super) fn forget(&mut self) {
        self.by_needs.clear();
        self.list.clear();
        self.groups.truncate(ADMINS as usize + 1);
        self.epoch += 1;
    }
}
