//! The roster as an index: the staff with their skills and free seats, ordered such that a decision examines only a
//! few users, however large the roster is.
//!
//! Each skill has one ordered set of the free users who hold it, in the order of the policy; that order is the same
//! for every ticket. A decision walks the set of the rarest required skill until a user covers the other skills, too.
//! In addition, each class of tickets (those with the same needs) counts its users by state. The counts show at once
//! when nobody can take a ticket now, and every decision states how many users it skipped and why. If many users hold
//! each skill of a class but few hold all of them, the class gets an ordered set of its own after the first long
//! walk.

mod choose;
mod classes;
mod figures;
mod form;
mod person;
mod roster;
mod scan;
mod skills;
#[cfg(test)]
mod tests;

use std::{
    collections::{BTreeSet, HashMap},
    hash::{BuildHasherDefault, DefaultHasher},
    sync::Arc,
};

pub use figures::{Candidate, Coverage, State as CandidateState};

use self::{classes::Classes, person::Key, person::Person, skills::Skills};
use super::Policy;
use crate::domain::{id::UserId, skill::Vocabulary};

/// A hash map with the same hashes in every process. Nothing depends on its order.
type Map<K, V> = HashMap<K, V, BuildHasherDefault<DefaultHasher>>;

/// The roster as an index.
#[derive(Debug)]
pub struct Index {
    policy: Policy,
    version: u64,
    vocabulary: Arc<Vocabulary>,
    skills: Skills,
    people: Vec<Option<Person>>,
    vacant: Vec<u32>,
    by_id: Map<UserId, u32>,
    moderators: u32,
    /// The free holders of each skill whose set is walked.
    free: Map<u32, BTreeSet<Key>>,
    classes: Classes,
    /// A class whose walk examines more users gets an ordered set of its own.
    long_walk: u32,
}

/// The default of `long_walk`. Few classes take a longer walk: those with skills that many users hold, but few
/// together.
const LONG_WALK: u32 = 16;

impl Index {
    /// Creates an empty index. `version` is the version of policy and dictionary together; decisions record it.
    pub fn new(policy: Policy, version: u64, vocabulary: Arc<Vocabulary>) -> Self {
        Self {
            policy,
            version,
            vocabulary,
            skills: Skills::default(),
            people: Vec::new(),
            vacant: Vec::new(),
            by_id: Map::default(),
            moderators: 0,
            free: Map::default(),
            classes: Classes::default(),
            long_walk: LONG_WALK,
        }
    }

    /// Returns the policy.
    pub const fn policy(&self) -> &Policy {
        &self.policy
    }

    /// Returns the version of policy and dictionary.
    pub const fn version(&self) -> u64 {
        self.version
    }

    /// Returns the number of users on the roster.
    pub fn len(&self) -> usize {
        self.by_id.len()
    }

    /// Returns whether the roster is empty.
    pub fn is_empty(&self) -> bool {
        self.by_id.is_empty()
    }

    fn person(&self, slot: u32) -> Option<&Person> {
        self.people.get(slot as usize)?.as_ref()
    }
}
