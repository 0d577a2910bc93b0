//! Who is on the roster: people come, change and go.

use std::collections::BTreeSet;

use super::{
    Index,
    classes::ADMINS,
    person::{Key, Person, State},
    skills::LeveledSkill,
};
use crate::domain::{id::UserId, presence::Presence, routing::Staff, time::Timestamp, user::Role};

impl Index {
    /// Puts many people on it at once: cheaper than one after the other, and to the same end.
    pub fn extend(&mut self, staff: impl IntoIterator<Item = Staff>) {
        let mut added = Vec::new();
        for staff in staff {
            if self.by_id.contains_key(&staff.id) {
                self.put(&staff);
            } else {
                added.push(self.insert(&staff));
            }
        }
        if added.is_empty() {
            return;
        }
        self.classes.forget();
        self.weigh_all();
        for slot in added {
            self.place(slot);
        }
    }

    /// Puts somebody on it, or notes what changed about the person.
    pub fn put(&mut self, staff: &Staff) {
        let own = self.skills.own(&staff.skills, &self.vocabulary);
        let slot = self.by_id.get(&staff.id).copied();
        let known =
            slot.and_then(|slot| Some((slot, self.people.get_mut(slot as usize)?.as_mut()?)));
        match known {
            Some((slot, person)) if person.own == own && person.role == staff.role => {
                person.capacity = staff.capacity;
                person.active = staff.active;
                person.presence = staff.presence;
                person.shift_ends = staff.shift_ends;
                person.last = staff.last_assignment;
                self.place(slot);
            }
            _ => {
                self.take_off(staff.id);
                let slot = self.insert(staff);
                self.classes.forget();
                self.weigh_all();
                self.place(slot);
            }
        }
    }

    /// Takes somebody off it.
    pub fn remove(&mut self, id: UserId) {
        if self.take_off(id) {
            self.classes.forget();
            self.weigh_all();
        }
    }

    /// Notes that somebody was given a ticket by the event of this place among all events.
    pub fn give(&mut self, id: UserId, event: u64) {
        self.change(id, |person| {
            person.active += 1;
            person.last = person.last.max(event);
        });
    }

    /// Notes that one of somebody's seats is free again.
    pub fn free_seat(&mut self, id: UserId) {
        self.change(id, |person| person.active = person.active.saturating_sub(1));
    }

    /// Notes whether somebody takes work.
    pub fn set_presence(&mut self, id: UserId, presence: Presence) {
        self.change(id, |person| person.presence = presence);
    }

    /// Notes when somebody's shift ends, as far as that is known.
    pub fn set_shift_end(&mut self, id: UserId, ends: Option<Timestamp>) {
        self.change(id, |person| person.shift_ends = ends);
    }

    /// Whether somebody is on it.
    pub fn knows(&self, id: UserId) -> bool {
        self.by_id.contains_key(&id)
    }

    /// How many seats somebody's tickets hold.
    pub fn active(&self, id: UserId) -> Option<u32> {
        let slot = *self.by_id.get(&id)?;
        self.person(slot).map(|person| person.active)
    }

    /// Whether somebody takes work and has nothing to do.
    pub fn is_idle(&self, id: UserId) -> bool {
        let slot = self.by_id.get(&id);
        slot.and_then(|&slot| self.person(slot))
            .is_some_and(|person| person.active == 0 && person.state(&self.policy) == State::Free)
    }

    /// Whether anybody could be given a ticket at all.
    pub fn has_room(&self) -> bool {
        let mut people = self.people.iter().flatten();
        people.any(|person| person.state(&self.policy) == State::Free)
    }

    /// Everybody who takes no work but has tickets, by id.
    pub fn absent_with_tickets(&self) -> Vec<UserId> {
        let mut absent: Vec<UserId> = self
            .people
            .iter()
            .flatten()
            .filter(|person| person.presence != Presence::Present && person.active > 0)
            .map(|person| person.id)
            .collect();
        absent.sort_unstable();
        absent
    }

    pub(super) fn change(&mut self, id: UserId, change: impl FnOnce(&mut Person)) {
        let slot = self.by_id.get(&id).copied();
        let person = slot.and_then(|slot| self.people.get_mut(slot as usize)?.as_mut());
        if let (Some(slot), Some(person)) = (slot, person) {
            change(person);
            self.place(slot);
        }
    }

    fn insert(&mut self, staff: &Staff) -> u32 {
        let own = self.skills.own(&staff.skills, &self.vocabulary);
        let closure = self.skills.closure(&own);
        match staff.role {
            Role::Moderator => {
                self.moderators += 1;
                self.skills.count(&closure, true);
            }
            Role::Admin => self.classes.groups[ADMINS as usize].members += 1,
            Role::User => {}
        }
        let person = Some(Person::new(staff, own, closure));
        let slot = match self.vacant.pop() {
            Some(slot) => {
                self.people[slot as usize] = person;
                slot
            }
            None => {
                self.people.push(person);
                u32::try_from(self.people.len() - 1).unwrap_or(u32::MAX)
            }
        };
        self.by_id.insert(staff.id, slot);
        slot
    }

    fn take_off(&mut self, id: UserId) -> bool {
        let Some(slot) = self.by_id.remove(&id) else {
            return false;
        };
        self.unplace(slot);
        if let Some(person) = self.people[slot as usize].take() {
            match person.role {
                Role::Moderator => {
                    self.moderators -= 1;
                    self.skills.count(&person.closure, false);
                }
                Role::Admin => self.classes.groups[ADMINS as usize].members -= 1,
                Role::User => {}
            }
        }
        self.vacant.push(slot);
        true
    }

    /// Computes the versatility of all staff again, since it depends on how many hold each skill.
    fn weigh_all(&mut self) {
        let slots = 0..u32::try_from(self.people.len()).unwrap_or(u32::MAX);
        for slot in slots {
            let Some(person) = self.people[slot as usize].as_mut() else {
                continue;
            };
            let versatility = person.versatility_among(&self.skills);
            if versatility != person.versatility {
                person.versatility = versatility;
                if person.placed.is_some() {
                    self.place(slot);
                }
            }
        }
    }

    /// Brings somebody's place in sets and counts up to date.
    pub(super) fn place(&mut self, slot: u32) {
        let Some(person) = self.people.get(slot as usize).and_then(Option::as_ref) else {
            return;
        };
        if person.role == Role::User {
            return;
        }
        let placed = (person.state(&self.policy), person.key(&self.policy, slot));
        if person.placed == Some(placed) {
            return;
        }
        self.unplace(slot);
        let Some(person) = self.people[slot as usize].as_mut() else {
            return;
        };
        person.placed = Some(placed);
        let (state, key) = placed;
        if state == State::Free && person.role == Role::Moderator {
            for held in &person.closure {
                if let Some(free) = self.free.get_mut(&held.skill) {
                    free.insert(key);
                }
            }
        }
        for group in groups_of(person, self.classes.epoch) {
            self.classes.groups[group as usize].add(state, key);
        }
    }

    fn unplace(&mut self, slot: u32) {
        let person = self.people.get_mut(slot as usize).and_then(Option::as_mut);
        let Some((person, (state, key))) =
            person.and_then(|person| person.placed.take().map(|placed| (person, placed)))
        else {
            return;
        };
        if state == State::Free && person.role == Role::Moderator {
            for held in &person.closure {
                if let Some(free) = self.free.get_mut(&held.skill) {
                    free.remove(&key);
                }
            }
        }
        for group in groups_of(person, self.classes.epoch) {
            self.classes.groups[group as usize].take_out(state, &key);
        }
    }

    /// Makes somebody a member of a group of these classes.
    pub(super) fn join(&mut self, slot: u32, group: u32) {
        let epoch = self.classes.epoch;
        let Some(person) = self.people.get_mut(slot as usize).and_then(Option::as_mut) else {
            return;
        };
        if person.epoch != epoch {
            person.groups.clear();
            person.epoch = epoch;
        }
        person.groups.push(group);
        let group = &mut self.classes.groups[group as usize];
        group.members += 1;
        if let Some((state, key)) = person.placed {
            group.add(state, key);
        }
    }

    /// Keeps the set of those of a group who are free from here on.
    pub(super) fn keep_free_of_group(&mut self, number: u32) {
        if self.classes.groups[number as usize].free.is_some() {
            return;
        }
        let epoch = self.classes.epoch;
        let free: BTreeSet<Key> = self
            .people
            .iter()
            .flatten()
            .filter(|person| person.epoch == epoch && person.groups.contains(&number))
            .filter_map(|person| person.placed)
            .filter(|(state, _)| *state == State::Free)
            .map(|(_, key)| key)
            .collect();
        self.classes.groups[number as usize].free = Some(free);
    }

    /// Keeps the set of those who hold a skill and are free from here on.
    pub(super) fn keep_free_of(&mut self, skill: u32) {
        if self.free.contains_key(&skill) {
            return;
        }
        let holds = |closure: &[LeveledSkill]| super::skills::level_in(closure, skill).is_some();
        let free: BTreeSet<Key> = self
            .people
            .iter()
            .flatten()
            .filter(|person| person.role == Role::Moderator && holds(&person.closure))
            .filter_map(|person| person.placed)
            .filter(|(state, _)| *state == State::Free)
            .map(|(_, key)| key)
            .collect();
        self.free.insert(skill, free);
    }
}

/// The groups that somebody belongs to: those of the classes, and the admins'.
fn groups_of(person: &Person, epoch: u64) -> impl Iterator<Item = u32> + '_ {
    let admins = (person.role == Role::Admin).then_some(ADMINS);
    let current = match person.epoch == epoch {
        true => person.groups.as_slice(),
        false => &[],
    };
    current.iter().copied().chain(admins)
}
