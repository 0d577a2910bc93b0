//! The roster as an index: who is there, with which skills and how much room, kept so that a decision looks at a
//! handful of people however many there are.
//!
//! Each skill has one ordered set of the people who hold it and are free, in the order of the policy; that order
//! is the same for every ticket. A decision walks the set of the rarest required skill until somebody covers the
//! rest. Beside the sets each class of tickets (what needs the same) keeps count of its people by state, so that a
//! ticket that nobody can take now is known at once, and every decision can say whom it passed over and why. A class
//! whose skills many hold but few together gets an ordered set of its own once a walk was long.

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

/// A map that hashes alike in every process: nothing here depends on its order.
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
    /// For each skill that is walked, those who hold it and are free.
    free: Map<u32, BTreeSet<Key>>,
    classes: Classes,
    /// A class for which more people are looked at gets an ordered set of its own.
    long_walk: u32,
}

/// Few classes take a longer walk than this: those whose skills many hold, but few together.
const LONG_WALK: u32 = 16;

impl Index {
    /// An index without anybody. `version` is that of policy and dictionary together; decisions name it.
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

    /// Under which policy it decides.
    pub const fn policy(&self) -> &Policy {
        &self.policy
    }

    /// The version of policy and dictionary.
    pub const fn version(&self) -> u64 {
        self.version
    }

    /// How many people are on it.
    pub fn len(&self) -> usize {
        self.by_id.len()
    }

    /// Whether nobody is on it.
    pub fn is_empty(&self) -> bool {
        self.by_id.is_empty()
    }

    fn person(&self, slot: u32) -> Option<&Person> {
        self.people.get(slot as usize)?.as_ref()
    }
}
