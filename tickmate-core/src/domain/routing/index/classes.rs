//! Classes of tickets with the same needs, and the groups of users who can take them.

use std::collections::BTreeSet;

use super::{
    Map,
    person::{Key, State},
    skills::LeveledSkill,
};
use crate::domain::decision::Tier;

/// The maximum number of classes. When it is exceeded, all classes are discarded and formed again on demand.
const MAX_CLASSES: usize = 4_096;

/// The group of the admins; it always exists.
pub(super) const ADMINS: u32 = 0;

/// The users who can take the tickets of a class.
#[derive(Debug, Default)]
pub(super) struct Group {
    /// The number of users in the group.
    pub(super) members: u32,
    /// The number of these users by state.
    pub(super) counts: [u32; State::COUNT],
    /// The free users in their order; `None` if the set of a skill is walked instead.
    pub(super) free: Option<BTreeSet<Key>>,
}

impl Group {
    /// Returns the number of free users.
    pub(super) const fn free_count(&self) -> u32 {
        self.counts[State::Free as usize]
    }

    /// Counts a user and, if free, adds the user to the ordered set.
    pub(super) fn add(&mut self, state: State, key: Key) {
        self.counts[state as usize] += 1;
        if state == State::Free
            && let Some(free) = &mut self.free
        {
            free.insert(key);
        }
    }

    /// Reverts [`Group::add`].
    pub(super) fn remove(&mut self, state: State, key: &Key) {
        let count = &mut self.counts[state as usize];
        *count = count.saturating_sub(1);
        if let Some(free) = &mut self.free {
            free.remove(key);
        }
    }
}

/// A class: the requirements of its tickets, and who can take them.
#[derive(Debug, Clone)]
pub(super) struct Class {
    pub(super) tier: Tier,
    pub(super) group: u32,
    /// The skill whose set of free holders is walked if the group has no set of its own.
    pub(super) walk: Option<u32>,
    pub(super) required: Box<[LeveledSkill]>,
    /// The number of skills that the users of the group cover.
    pub(super) covered: u32,
}

/// The classes of the current epoch.
#[derive(Debug)]
pub(super) struct Classes {
    by_needs: Map<(Box<[LeveledSkill]>, bool), u32>,
    list: Vec<Class>,
    pub(super) groups: Vec<Group>,
    /// How often all classes were discarded.
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

    /// Discards all classes, because the skills of a user changed.
    pub(super) fn clear(&mut self) {
        self.by_needs.clear();
        self.list.clear();
        self.groups.truncate(ADMINS as usize + 1);
        self.epoch += 1;
    }
}
