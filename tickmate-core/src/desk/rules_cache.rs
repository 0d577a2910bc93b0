//! The cache of the desk's rules. Requests read no rules from the store, except for the admins' own views of them: each
//! process follows the events and drops the cached rules that an admin changed.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::{Desk, DeskError, Jobs};
use crate::domain::{
    desk_rules::RulesKind,
    event::{Event, EventKind},
    time::{Span, Timestamp},
};

/// A process that could not read the events for this long reads the rules again on their next use.
const MAX_AGE: Span = Span::seconds(5);
/// How many events one query reads.
const EVENTS: u32 = 500;
/// After this many queries a process that fell behind skips the rest of the events and drops its rules instead.
const MAX_QUERIES: usize = 20;

/// Rules with a version that counts their changes and is 0 before the first one.
pub(super) trait Versioned {
    fn version(&self) -> u64;
}

/// The rules of one kind, as this process last read them.
#[derive(Debug)]
pub(super) struct RulesCache<T> {
    slot: Mutex<Slot<T>>,
}

#[derive(Debug)]
struct Slot<T> {
    entry: Option<Entry<T>>,
    /// The highest version that an event showed or this process wrote.
    known_version: u64,
    /// The number of times that everything was dropped. The result of a read that started before is not stored.
    generation: u64,
}

#[derive(Debug)]
struct Entry<T> {
    rules: Arc<T>,
    read_at: Timestamp,
    generation: u64,
}

/// The position up to which this process has read the events.
#[derive(Debug, Default)]
pub(super) struct FollowedEvents {
    position: Mutex<Position>,
}

#[derive(Debug, Default, Clone, Copy)]
struct Position {
    /// The `seq` of the last event that was processed; `None` until rules are read for the first time.
    seq: Option<u64>,
    /// When the last read found no later event.
    up_to_date_at: Option<Timestamp>,
    /// The number of unreadable records in the store.
    unreadable: u64,
}

impl<T> Default for RulesCache<T> {
    fn default() -> Self {
        Self {
            slot: Mutex::new(Slot {
                entry: None,
                known_version: 0,
                generation: 0,
            }),
        }
    }
}

impl<T: Versioned> RulesCache<T> {
    /// Returns the rules if they are known to be current: no event named a later version, and the rules were read, or
    /// the events followed, less than [`MAX_AGE`] ago.
    fn current(&self, now: Timestamp, up_to_date_at: Option<Timestamp>) -> Option<Arc<T>> {
        let slot = self.slot();
        let entry = slot.entry.as_ref()?;
        let is_latest =
            entry.generation == slot.generation && entry.rules.version() >= slot.known_version;
        let is_recent = |at: Timestamp| (now - at).abs() < MAX_AGE;
        let is_recent = is_recent(entry.read_at) || up_to_date_at.is_some_and(is_recent);
        (is_latest && is_recent).then(|| Arc::clone(&entry.rules))
    }

    /// Returns the generation to pass to [`store`](Self::store) with rules that are read after this call.
    pub(super) fn generation(&self) -> u64 {
        self.slot().generation
    }

    /// Returns the stored rules if they are of this version, and notes that they were read again.
    pub(super) fn confirm(
        &self,
        version: u64,
        read_at: Timestamp,
        generation: u64,
    ) -> Option<Arc<T>> {
        let mut slot = self.slot();
        let entry = slot.entry.as_mut()?;
        if entry.rules.version() != version {
            return None;
        }
        entry.read_at = read_at;
        entry.generation = entry.generation.max(generation);
        Some(Arc::clone(&entry.rules))
    }

    /// Stores rules that were read or written at this time, unless later ones are stored already. Returns the rules for
    /// the caller to use: always the same `Arc` for one version.
    pub(super) fn store(&self, rules: T, read_at: Timestamp, generation: u64) -> Arc<T> {
        let version = rules.version();
        if let Some(known) = self.confirm(version, read_at, generation) {
            return known;
        }
        let mut slot = self.slot();
        let rules = Arc::new(rules);
        let is_later = |entry: &Entry<T>| version > entry.rules.version();
        if slot.entry.as_ref().is_none_or(is_later) {
            slot.entry = Some(Entry {
                rules: Arc::clone(&rules),
                read_at,
                generation,
            });
        }
        rules
    }

    /// Records that the store has this version, so that older ones are not used any more.
    pub(super) fn note_version(&self, version: u64) {
        let mut slot = self.slot();
        slot.known_version = slot.known_version.max(version);
    }

    /// Makes the next use read the rules again.
    fn invalidate(&self) {
        self.slot().generation += 1;
    }

    fn slot(&self) -> MutexGuard<'_, Slot<T>> {
        self.slot.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl FollowedEvents {
    fn position(&self) -> MutexGuard<'_, Position> {
        self.position.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn seq(&self) -> Option<u64> {
        self.position().seq
    }

    /// Records that the events up to this one were processed; `up_to_date_at` is set if there was no later event.
    fn advance(&self, seq: u64, up_to_date_at: Option<Timestamp>) {
        let mut position = self.position();
        position.seq = position.seq.max(Some(seq));
        position.up_to_date_at = up_to_date_at.or(position.up_to_date_at);
    }
}

impl Jobs<'_> {
    /// Reads the events since the last call, and drops the cached rules that were changed. The host calls this about
    /// once a second in each process that uses a desk; the worker of `tickmate-jobs` does so. Without it, or while the
    /// store is unavailable, rules are read again once they are five seconds old.
    ///
    /// # Errors
    /// Errors of the store. Calling again is safe.
    pub async fn follow_events(self) -> Result<(), DeskError> {
        let Some(mut seq) = self.desk.followed.seq() else {
            return self.desk.begin_to_follow().await;
        };
        for _ in 0..MAX_QUERIES {
            let now = self.desk.now();
            let events = self.desk.store.events_after(seq, EVENTS).await?;
            for event in &events {
                self.desk.note_changed_rules(event);
            }
            if !events.is_empty() {
                self.desk.listeners.notify();
            }
            seq = events.last().map_or(seq, |last| last.seq);
            self.desk.note_unreadable_events();
            let is_end = events.len() < EVENTS as usize;
            self.desk.followed.advance(seq, is_end.then_some(now));
            if is_end {
                return Ok(());
            }
        }
        let last = self.desk.store.last_seq().await?;
        self.desk.rules.invalidate();
        self.desk.triaging.invalidate();
        self.desk.listeners.notify();
        self.desk.followed.advance(last, None);
        Ok(())
    }
}

impl Desk {
    /// Returns whether this process has not read the events up to this one, so that the cached rules may be outdated.
    pub(super) fn has_to_follow(&self, seq: u64) -> bool {
        self.followed.seq().is_none_or(|followed| followed < seq)
    }

    /// Records the position of the last event before rules are read for the first time, so that no change after that
    /// read is missed.
    pub(super) async fn begin_to_follow(&self) -> Result<(), DeskError> {
        if self.followed.seq().is_none() {
            let last = self.store.last_seq().await?;
            self.followed.position().seq.get_or_insert(last);
        }
        Ok(())
    }

    /// Returns cached rules if they are known to be current.
    pub(super) fn cached_rules<T: Versioned>(&self, cache: &RulesCache<T>) -> Option<Arc<T>> {
        let up_to_date_at = self.followed.position().up_to_date_at;
        cache.current(self.now(), up_to_date_at)
    }

    /// Drops all rules if events were unreadable: such an event is omitted from lists, and may be a change of the
    /// rules.
    fn note_unreadable_events(&self) {
        let unreadable = self.store.unreadable_records();
        let before = std::mem::replace(&mut self.followed.position().unreadable, unreadable);
        if before != unreadable {
            self.rules.invalidate();
            self.triaging.invalidate();
        }
    }

    fn note_changed_rules(&self, event: &Event) {
        if event.kind != EventKind::RulesChanged {
            return;
        }
        match event.facts.rules {
            Some(RulesKind::Routing) => self.rules.note_version(event.version),
            Some(RulesKind::Triage) => self.triaging.note_version(event.version),
            None => {
                self.rules.invalidate();
                self.triaging.invalidate();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::time::from_micros;

    #[derive(Debug, PartialEq, Eq)]
    struct Numbered(u64);

    impl Versioned for Numbered {
        fn version(&self) -> u64 {
            self.0
        }
    }

    fn at(seconds: i64) -> Timestamp {
        from_micros(0) + Span::seconds(seconds)
    }

    fn version(cache: &RulesCache<Numbered>, now: i64, up_to_date: Option<i64>) -> Option<u64> {
        let rules = cache.current(at(now), up_to_date.map(at))?;
        Some(rules.0)
    }

    #[test]
    fn rules_hold_for_five_seconds_or_while_the_events_are_followed() {
        let cache = RulesCache::default();
        assert_eq!(version(&cache, 0, Some(0)), None);
        cache.store(Numbered(3), at(10), 0);
        for (now, up_to_date, expected) in [
            (10, None, Some(3)),
            (14, None, Some(3)),
            (15, None, None),
            (15, Some(10), None),
            (15, Some(11), Some(3)),
            (3_600, Some(3_599), Some(3)),
            // The clock was set back.
            (1, Some(3_600), None),
        ] {
            assert_eq!(version(&cache, now, up_to_date), expected, "{now}");
        }
        assert!(cache.confirm(3, at(20), 0).is_some());
        assert_eq!(version(&cache, 24, None), Some(3));
    }

    #[test]
    fn a_version_keeps_its_arc_and_never_goes_back() {
        let cache = RulesCache::default();
        let first = cache.store(Numbered(1), at(0), 0);
        assert!(Arc::ptr_eq(&first, &cache.store(Numbered(1), at(1), 0)));
        cache.store(Numbered(2), at(2), 0);
        assert_eq!(cache.store(Numbered(1), at(3), 0).0, 1);
        assert_eq!(version(&cache, 4, None), Some(2));
    }

    #[test]
    fn an_event_of_a_later_version_drops_the_rules() {
        let cache = RulesCache::default();
        cache.store(Numbered(1), at(0), 0);
        cache.note_version(1);
        assert_eq!(version(&cache, 1, None), Some(1));
        cache.note_version(2);
        assert_eq!(version(&cache, 1, None), None);
        // A slow read of the previous version must not be stored.
        cache.store(Numbered(1), at(1), 0);
        assert_eq!(version(&cache, 1, None), None);
        cache.store(Numbered(2), at(1), 0);
        assert_eq!(version(&cache, 1, None), Some(2));
    }

    #[test]
    fn what_was_read_before_all_was_dropped_is_not_used() {
        let cache = RulesCache::default();
        let before = cache.generation();
        cache.invalidate();
        cache.store(Numbered(1), at(0), before);
        assert_eq!(version(&cache, 0, Some(0)), None);
        assert!(cache.confirm(1, at(0), before).is_some());
        assert_eq!(version(&cache, 0, Some(0)), None);
        cache.confirm(1, at(0), cache.generation());
        assert_eq!(version(&cache, 0, Some(0)), Some(1));
    }
}
