//! The index of the roster that this process keeps, brought up to date by the events before it is asked.

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

/// How many events are read at once.
const EVENTS: u32 = 500;
/// After this many events the roster is read whole instead: it costs less.
const MANY: u32 = 20 * EVENTS;
/// So often the roster is read whole all the same, should ever an event have been overlooked.
const REREAD_EVERY: Span = Span::minutes(10);

/// The index, and up to where it knows the events.
#[derive(Debug)]
pub(in crate::desk) struct CachedIndex {
    index: Index,
    rules: Arc<Rules>,
    /// The last event that is taken into account.
    seq: u64,
    /// The place of the last assignment, as far as it is known here.
    last_assignment: u64,
    /// Whose load was changed here without knowing what the store made of it: read again at the next look.
    doubtful: BTreeSet<UserId>,
    read_at: Timestamp,
    /// Up to whom absent people's tickets were looked at.
    last_handed_over: Option<UserId>,
    skills: StaffSkills,
}

/// Where a process keeps its index.
pub(in crate::desk) type Keeper = Mutex<Option<CachedIndex>>;

impl Desk {
    /// Brings the index up to date for a job; jobs that want it at once read the events together.
    pub(in crate::desk) async fn refresh_index_for_job(&self) -> Result<(), DeskError> {
        let refresh = async { self.refresh_index().await.map(|()| true) };
        self.follows_roster.run(refresh).await.map(|_| ())
    }

    /// Brings the index up to date: users that an event since the last look names are read again.
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
                // Another refresh was here meanwhile: what was read here may be older, and what that one read may end before it.
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

    /// Asks the index. None where there is none yet: it is made by [`Desk::refresh_index`].
    pub(in crate::desk) fn ask_index<T>(
        &self,
        ask: impl FnOnce(&mut Index) -> T,
    ) -> Result<T, DeskError> {
        self.with_index(|cached| ask(&mut cached.index))
            .ok_or(DeskError::Internal("the roster was not read yet"))
    }

    /// Returns the skills of the active staff by the rules of the index, each once and without a level.
    pub(in crate::desk) fn skills_in_index(&self) -> Result<Arc<[Skill]>, DeskError> {
        self.with_index(|cached| cached.skills.all(&cached.rules))
            .ok_or(DeskError::Internal("the roster was not read yet"))
    }

    /// Some of those who are absent and have tickets, each in turn. None while nobody could take any.
    pub(in crate::desk) fn absent_in_turn(&self, count: usize) -> Result<Vec<UserId>, DeskError> {
        let some = self.with_index(|cached| {
            if !cached.index.has_room() {
                return Vec::new();
            }
            let absent = cached.index.absent_with_tickets();
            let after = |id: &&UserId| cached.last_handed_over.is_some_and(|last| **id <= last);
            let first = absent.iter().take_while(after).count();
            let turn: Vec<UserId> = absent[first..].iter().copied().take(count).collect();
            // From the beginning again once the end was reached.
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

    /// Takes a seat in the index before the store was asked, so that others who decide meanwhile see it taken. Until
    /// it is [settled](Self::record_claim) the person counts as doubtful.
    pub(in crate::desk) fn reserve(&self, person: UserId) {
        self.with_index(|cached| {
            cached.last_assignment = cached.last_assignment.max(cached.seq) + 1;
            cached.index.give(person, cached.last_assignment);
            cached.doubtful.insert(person);
        });
    }

    /// Notes what the store made of a reserved seat: it was given, perhaps taken from a holder, or it was not.
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

/// Everybody whose load, presence or skills an event may have changed.
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
