//! The index of the roster of this process, which is updated by the events before it is used.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, PoisonError},
};

use super::{Rules, staff_skills::StaffSkills};
use crate::{
    desk::{Desk, DeskError},
    domain::{
        event::{Event, Subject},
        id::UserId,
        routing::Index,
        skill::Skill,
        time::{Span, Timestamp, has_passed},
    },
};

/// The number of events that one query reads.
const EVENTS: u32 = 500;
/// The number of events after which reading the whole roster costs less.
const MANY: u32 = 20 * EVENTS;
/// The interval at which the whole roster is read in any case, in case an event was missed.
const REREAD_EVERY: Span = Span::minutes(10);

/// The index, and its position among the events.
#[derive(Debug)]
pub(in crate::desk) struct CachedIndex {
    index: Index,
    rules: Arc<Rules>,
    /// The `seq` of the last event that was processed.
    seq: u64,
    /// The number of the last assignment that this process knows of.
    last_assignment: u64,
    /// Users whose load was changed here without a known outcome in the store; the next refresh reads them again.
    doubtful: BTreeSet<UserId>,
    read_at: Timestamp,
    /// The last absent user whose tickets were examined for a hand-over.
    last_handed_over: Option<UserId>,
    skills: StaffSkills,
}

/// The index of a process, if it was built.
pub(in crate::desk) type Keeper = Mutex<Option<CachedIndex>>;

impl Desk {
    /// Brings the index up to date for a job; concurrent jobs share one run that reads the events.
    pub(in crate::desk) async fn refresh_index_for_job(&self) -> Result<(), DeskError> {
        let refresh = async { self.refresh_index().await.map(|()| true) };
        self.follows_roster.run(refresh).await.map(|_| ())
    }

    /// Brings the index up to date: reads the users again that are named by an event since the last refresh.
    pub(in crate::desk) async fn refresh_index(&self) -> Result<(), DeskError> {
        let rules = self.rules().await?;
        let now = self.now();
        let known = self.with_index(|cached| {
            let is_young = !has_passed(REREAD_EVERY, cached.read_at, now);
            let current = Arc::ptr_eq(&cached.rules, &rules) && is_young;
            current.then(|| (cached.seq, cached.doubtful.clone()))
        });
        let Some((mut seq, mut people)) = known.flatten() else {
            return self.read_roster(rules, now).await;
        };
        for _ in 0..MANY / EVENTS {
            let events = self.store.events_after(seq, EVENTS).await?;
            let last = events.last().map_or(seq, |event| event.seq);
            people.extend(people_in(&events));
            if people.is_empty() && events.is_empty() {
                return Ok(());
            }
            let people_read: Vec<UserId> = std::mem::take(&mut people).into_iter().collect();
            let staff = match people_read.is_empty() {
                true => Vec::new(),
                false => self.store.staff(&people_read).await?,
            };
            let applied = self.with_index(|cached| {
                if !Arc::ptr_eq(&cached.rules, &rules) {
                    return None;
                }
                // A concurrent refresh finished first: the data read here may be older than its data, or end before its
                // position.
                if cached.seq != seq {
                    people = cached.doubtful.clone();
                    return Some((cached.seq, false));
                }
                for id in &people_read {
                    cached.doubtful.remove(id);
                    let one = staff.iter().find(|one| one.id == *id);
                    match one {
                        Some(one) => cached
                            .index
                            .put(&cached.rules.with_current_skills(one.clone())),
                        None => cached.index.remove(*id),
                    }
                    cached.skills.set(*id, one.map(|one| one.skills.as_slice()));
                }
                cached.seq = last;
                Some((last, events.len() < EVENTS as usize))
            });
            match applied.flatten() {
                Some((_, true)) => return Ok(()),
                Some((reached, false)) => seq = reached,
                None => break,
            }
        }
        self.read_roster(rules, now).await
    }

    /// Calls `ask` with the index. Fails if [`Desk::refresh_index`] has not built it yet.
    pub(in crate::desk) fn ask_index<T>(
        &self,
        ask: impl FnOnce(&mut Index) -> T,
    ) -> Result<T, DeskError> {
        self.with_index(|cached| ask(&mut cached.index))
            .ok_or(DeskError::Internal("the roster was not read yet"))
    }

    /// Returns the skills of the active staff according to the rules of the index, each once and without a level.
    pub(in crate::desk) fn skills_in_index(&self) -> Result<Arc<[Skill]>, DeskError> {
        self.with_index(|cached| cached.skills.all(&cached.rules))
            .ok_or(DeskError::Internal("the roster was not read yet"))
    }

    /// Returns the next absent users with tickets, in rotation. Returns none while no user has a free seat.
    pub(in crate::desk) fn absent_in_turn(&self, count: usize) -> Result<Vec<UserId>, DeskError> {
        let some = self.with_index(|cached| {
            if !cached.index.has_room() {
                return Vec::new();
            }
            let absent = cached.index.absent_with_tickets();
            let after = |id: &&UserId| cached.last_handed_over.is_some_and(|last| **id <= last);
            let first = absent.iter().take_while(after).count();
            let turn: Vec<UserId> = absent[first..].iter().copied().take(count).collect();
            // The rotation starts again after the end.
            cached.last_handed_over = match turn.len() < count {
                true => None,
                false => turn.last().copied(),
            };
            match turn.is_empty() {
                true => absent.into_iter().take(count).collect(),
                false => turn,
            }
        });
        some.ok_or(DeskError::Internal("the roster was not read yet"))
    }

    /// Takes a seat in the index before the store is asked, so that concurrent decisions see it as taken. Until the
    /// outcome is [recorded](Self::record_claim) the user counts as doubtful.
    pub(in crate::desk) fn reserve(&self, person: UserId) {
        self.with_index(|cached| {
            cached.last_assignment = cached.last_assignment.max(cached.seq) + 1;
            cached.index.give(person, cached.last_assignment);
            cached.doubtful.insert(person);
        });
    }

    /// Records the outcome of a reserved seat: the claim succeeded, possibly taking the ticket from a holder, or
    /// failed.
    pub(in crate::desk) fn record_claim(
        &self,
        person: UserId,
        given: bool,
        holder: Option<UserId>,
    ) {
        self.with_index(|cached| {
            if given {
                cached.doubtful.remove(&person);
                if let Some(holder) = holder {
                    cached.index.free_seat(holder);
                }
            } else {
                cached.doubtful.insert(person);
            }
        });
    }

    async fn read_roster(&self, rules: Arc<Rules>, now: Timestamp) -> Result<(), DeskError> {
        let seq = self.store.last_seq().await?;
        let staff = self.store.roster().await?;
        let mut index = Index::new(
            rules.policy().clone(),
            rules.version,
            Arc::clone(&rules.vocabulary),
        );
        let skills = StaffSkills::of(&staff);
        index.extend(staff.into_iter().map(|one| rules.with_current_skills(one)));
        let mut keeper = self.index.lock().unwrap_or_else(PoisonError::into_inner);
        let newer = keeper
            .as_ref()
            .is_some_and(|cached| cached.seq > seq && cached.rules.version >= rules.version);
        if !newer {
            *keeper = Some(CachedIndex {
                index,
                rules,
                seq,
                last_assignment: seq,
                doubtful: BTreeSet::new(),
                read_at: now,
                last_handed_over: None,
                skills,
            });
        }
        Ok(())
    }

    fn with_index<T>(&self, use_it: impl FnOnce(&mut CachedIndex) -> T) -> Option<T> {
        let mut keeper = self.index.lock().unwrap_or_else(PoisonError::into_inner);
        keeper.as_mut().map(use_it)
    }
}

/// Returns all users whose load, presence or skills an event may have changed.
fn people_in(events: &[Event]) -> BTreeSet<UserId> {
    let mut people = BTreeSet::new();
    for event in events {
        match event.subject {
            Subject::User(id) => {
                people.insert(id);
            }
            Subject::Ticket(_) => {
                people.extend(event.parties.assignee);
                people.extend(event.facts.previous_assignee);
            }
            Subject::Desk => {}
        }
    }
    people
}
