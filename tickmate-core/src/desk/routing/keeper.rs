//! The index of the roster that this process keeps, brought up to date by the events before it is asked.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, PoisonError},
};

use super::Rules;
use crate::{
    desk::{Desk, DeskError},
    domain::{
        event::{Event, Subject},
        id::UserId,
        routing::Index,
        time::{Span, Timestamp},
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
pub(in crate::desk) struct Kept {
    index: Index,
    rules: Arc<Rules>,
    /// The last event that is taken into account.
    seq: u64,
    /// The place of the last assignment, as far as it is known here.
    last_assignment: u64,
    read_at: Timestamp,
}

/// Where a process keeps its index.
pub(in crate::desk) type Keeper = Mutex<Option<Kept>>;

impl Desk {
    /// Brings the index up to date: whoever is named by an event since the last look is read again.
    pub(in crate::desk) async fn refresh_index(&self) -> Result<(), DeskError> {
        let rules = self.rules().await?;
        let now = self.now();
        let known = self.keep(|kept| {
            let current = Arc::ptr_eq(&kept.rules, &rules) && now < kept.read_at + REREAD_EVERY;
            current.then_some(kept.seq)
        });
        let Some(mut seq) = known.flatten() else {
            return self.read_roster(rules, now).await;
        };
        for _ in 0..MANY / EVENTS {
            let events = self.store.events_after(seq, EVENTS).await?;
            let Some(last) = events.last().map(|event| event.seq) else {
                return Ok(());
            };
            let people: Vec<UserId> = people_in(&events).into_iter().collect();
            let staff = match people.is_empty() {
                true => Vec::new(),
                false => self.store.staff(&people).await?,
            };
            let applied = self.keep(|kept| {
                // Somebody else was here meanwhile and knows more: what was read here may be older.
                if kept.seq != seq || !Arc::ptr_eq(&kept.rules, &rules) {
                    return false;
                }
                for id in &people {
                    match staff.iter().find(|one| one.id == *id) {
                        Some(one) => kept.index.put(&kept.rules.seen(one.clone())),
                        None => kept.index.remove(*id),
                    }
                }
                kept.seq = last;
                true
            });
            if applied != Some(true) || events.len() < EVENTS as usize {
                return Ok(());
            }
            seq = last;
        }
        self.read_roster(rules, now).await
    }

    /// Reads some people again, after the store knew better than the index.
    pub(in crate::desk) async fn reread(&self, people: &[UserId]) -> Result<(), DeskError> {
        let staff = self.store.staff(people).await?;
        self.keep(|kept| {
            for id in people {
                match staff.iter().find(|one| one.id == *id) {
                    Some(one) => kept.index.put(&kept.rules.seen(one.clone())),
                    None => kept.index.remove(*id),
                }
            }
        });
        Ok(())
    }

    /// Asks the index. None where there is none yet: it is made by [`Desk::refresh_index`].
    pub(in crate::desk) fn ask_index<T>(
        &self,
        ask: impl FnOnce(&mut Index) -> T,
    ) -> Result<T, DeskError> {
        self.keep(|kept| ask(&mut kept.index))
            .ok_or(DeskError::Internal("the roster was not read yet"))
    }

    /// Takes a seat in the index before the store was asked, so that others who decide meanwhile see it taken.
    pub(in crate::desk) fn reserve(&self, person: UserId) {
        self.keep(|kept| {
            kept.last_assignment = kept.last_assignment.max(kept.seq) + 1;
            kept.index.give(person, kept.last_assignment);
        });
    }

    /// Forgets the index, where it is not known what the store holds.
    pub(in crate::desk) fn forget_index(&self) {
        *self.index.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    async fn read_roster(&self, rules: Arc<Rules>, now: Timestamp) -> Result<(), DeskError> {
        let seq = self.store.last_seq().await?;
        let staff = self.store.roster().await?;
        let mut index = Index::new(
            rules.policy().clone(),
            rules.version,
            Arc::clone(&rules.vocabulary),
        );
        index.extend(staff.into_iter().map(|one| rules.seen(one)));
        let mut keeper = self.index.lock().unwrap_or_else(PoisonError::into_inner);
        let newer = keeper
            .as_ref()
            .is_some_and(|kept| kept.seq > seq && kept.rules.version >= rules.version);
        if !newer {
            *keeper = Some(Kept {
                index,
                rules,
                seq,
                last_assignment: seq,
                read_at: now,
            });
        }
        Ok(())
    }

    fn keep<T>(&self, use_it: impl FnOnce(&mut Kept) -> T) -> Option<T> {
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
                let before = event
                    .changes
                    .iter()
                    .find(|change| change.field == "assignedTo");
                let before = before.and_then(|change| change.from.as_str()?.parse::<UserId>().ok());
                people.extend(before);
            }
        }
    }
    people
}
