//! The line of a class of jobs: the due jobs, and the round in which each is served.

use std::collections::BTreeMap;

use crate::domain::{id::UserId, job::JobKey, time::Timestamp};

/// A place in a line; lower places are served first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    pub(super) round: u64,
    pub(super) due: Timestamp,
    pub(super) order: u64,
}

/// The line of a class of jobs.
#[derive(Debug, Default)]
pub(super) struct Line {
    places: BTreeMap<Place, JobKey>,
    /// How many jobs each requester has in each round.
    rounds: BTreeMap<(UserId, u64), usize>,
}

impl Line {
    pub(super) fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// Returns the keys in the order in which they are served.
    pub(super) fn keys(&self) -> impl Iterator<Item = &JobKey> {
        self.places.values()
    }

    /// Returns the round of the next job of this requester.
    pub(super) fn next_round(&self, requester: Option<UserId>) -> u64 {
        let first = self.places.keys().next().map_or(0, |place| place.round);
        let last = requester.and_then(|id| {
            let own_rounds = self.rounds.range((id, 0)..=(id, u64::MAX));
            own_rounds.last().map(|((_, round), _)| *round)
        });
        last.map_or(first, |last| first.max(last + 1))
    }

    pub(super) fn join(&mut self, place: Place, requester: Option<UserId>, key: JobKey) {
        self.places.insert(place, key);
        if let Some(id) = requester {
            *self.rounds.entry((id, place.round)).or_default() += 1;
        }
    }

    pub(super) fn leave(&mut self, place: Place, requester: Option<UserId>) {
        self.places.remove(&place);
        if let Some(id) = requester
            && let Some(count) = self.rounds.get_mut(&(id, place.round))
        {
            *count -= 1;
            if *count == 0 {
                self.rounds.remove(&(id, place.round));
            }
        }
    }
}
