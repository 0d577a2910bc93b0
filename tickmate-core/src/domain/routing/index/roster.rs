//! Changes of the roster: users join, change and leave.

use std::collections::BTreeSet;

use super::{
    Index,
    classes::ADMINS,
    person::{Key, Person, State},
    skills::LeveledSkill,
};
use crate::domain::{id::UserId, presence::Presence, routing::Staff, time::Timestamp, user::Role};

impl Index {
    /// Inserts or updates many users at once. The result is the same as with [`Index::put`] for each of them, at a
    /// lower cost.
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
        self.classes.clear();
        self.update_versatility();
        for slot in added {
            self.place(slot);
        }
    }

    /// Inserts or updates a user.
    pub fn put(&mut self, staff: &Staff) {
        let own_skills = self.skills.own_skills(&staff.skills, &self.vocabulary);
        let slot = self.by_id.get(&staff.id).copied();
        let existing =
            slot.and_then(|slot| Some((slot, self.people.get_mut(slot as usize)?.as_mut()?)));
        match existing {
            Some((slot, person))
                if person.own_skills == own_skills && person.role == staff.role =>
            {
                person.capacity = staff.capacity;
                person.active = staff.active;
                person.presence = staff.presence;
                person.shift_ends = staff.shift_ends;
                person.last = staff.last_assignment;
                self.place(slot);
            }
            _ => {
                self.remove_entry(staff.id);
                let slot = self.insert(staff);
                self.classes.clear();
                self.update_versatility();
                self.place(slot);
            }
        }
    }

    /// Removes a user.
    pub fn remove(&mut self, id: UserId) {
        if self.remove_entry(id) {
            self.classes.clear();
            self.update_versatility();
        }
    }

    /// Adds an assignment to a user. `event` is the sequence number of the event of the assignment.
    pub fn give(&mut self, id: UserId, event: u64) {
        self.change(id, |person| {
            person.active += 1;
            person.last = person.last.max(event);
        });
    }

    /// Frees one seat of a user.
    pub fn free_seat(&mut self, id: UserId) {
        self.change(id, |person| person.active = person.active.saturating_sub(1));
    }

    /// Sets the presence of a user.
    pub fn set_presence(&mut self, id: UserId, presence: Presence) {
        self.change(id, |person| person.presence = presence);
    }

    /// Sets the end of a user's shift, if known.
    pub fn set_shift_end(&mut self, id: UserId, ends: Option<Timestamp>) {
        self.change(id, |person| person.shift_ends = ends);
    }

    /// Returns whether a user is on the roster.
    pub fn knows(&self, id: UserId) -> bool {
        self.by_id.contains_key(&id)
    }

    /// Returns how many seats of a user are taken.
    pub fn active(&self, id: UserId) -> Option<u32> {
        let slot = *self.by_id.get(&id)?;
        self.person(slot).map(|person| person.active)
    }

    /// Returns whether a user takes work and has no open ticket.
    pub fn is_idle(&self, id: UserId) -> bool {
        let slot = self.by_id.get(&id);
        slot.and_then(|&slot| self.person(slot))
            .is_some_and(|person| person.active == 0 && person.state(&self.policy) == State::Free)
    }

    /// Returns whether any user has a free seat.
    pub fn has_room(&self) -> bool {
        let mut people = self.people.iter().flatten();
        people.any(|person| person.state(&self.policy) == State::Free)
    }

    /// Returns the users who take no work but have tickets, by id.
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
        let own_skills = self.skills.own_skills(&staff.skills, &self.vocabulary);
        let closure = self.skills.closure(&own_skills);
        match staff.role {
            Role::Moderator => {
                self.moderators += 1;
                self.skills.count(&closure, true);
            }
            Role::Admin => self.classes.groups[ADMINS as usize].members += 1,
            Role::User => {}
        }
        let person = Some(Person::new(staff, own_skills, closure));
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

    fn remove_entry(&mut self, id: UserId) -> bool {
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

    /// Recomputes the versatility of all staff, which depends on the number of holders of each skill.
    fn update_versatility(&mut self) {
        let slots = 0..u32::try_from(self.people.len()).unwrap_or(u32::MAX);
        for slot in slots {
            let Some(person) = self.people[slot as usize].as_mut() else {
                continue;
            };
            let versatility = person.versatility_among(&self.skills);
            if versatility != person.versatility {
                person.versatility = versatility;
                if person.placement.is_some() {
                    self.place(slot);
                }
            }
        }
    }

    /// Updates the place of a user in the sets and counts.
    pub(super) fn place(&mut self, slot: u32) {
        let Some(person) = self.people.get(slot as usize).and_then(Option::as_ref) else {
            return;
        };
        if person.role == Role::User {
            return;
        }
        let placement = (person.state(&self.policy), person.key(&self.policy, slot));
        if person.placement == Some(placement) {
            return;
        }
        self.unplace(slot);
        let Some(person) = self.people[slot as usize].as_mut() else {
            return;
        };
        person.placement = Some(placement);
        let (state, key) = placement;
        if state == State::Free && person.role == Role::Moderator {
            for leveled in &person.closure {
                if let Some(free) = self.free.get_mut(&leveled.skill) {
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
            person.and_then(|person| person.placement.take().map(|placement| (person, placement)))
        else {
            return;
        };
        if state == State::Free && person.role == Role::Moderator {
            for leveled in &person.closure {
                if let Some(free) = self.free.get_mut(&leveled.skill) {
                    free.remove(&key);
                }
            }
        }
        for group in groups_of(person, self.classes.epoch) {
            self.classes.groups[group as usize].remove(state, &key);
        }
    }

    /// Adds a user to a group of the current classes.
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
        if let Some((state, key)) = person.placement {
            group.add(state, key);
        }
    }

    /// Builds the set of the free users of a group. From then on it is kept up to date.
    pub(super) fn build_group_set(&mut self, number: u32) {
        if self.classes.groups[number as usize].free.is_some() {
            return;
        }
        let epoch = self.classes.epoch;
        let free: BTreeSet<Key> = self
            .people
            .iter()
            .flatten()
            .filter(|person| person.epoch == epoch && person.groups.contains(&number))
            .filter_map(|person| person.placement)
            .filter(|(state, _)| *state == State::Free)
            .map(|(_, key)| key)
            .collect();
        self.classes.groups[number as usize].free = Some(free);
    }

    /// Builds the set of the free holders of a skill. From then on it is kept up to date.
    pub(super) fn build_skill_set(&mut self, skill: u32) {
        if self.free.contains_key(&skill) {
            return;
        }
        let holds = |closure: &[LeveledSkill]| super::skills::level_in(closure, skill).is_some();
        let free: BTreeSet<Key> = self
            .people
            .iter()
            .flatten()
            .filter(|person| person.role == Role::Moderator && holds(&person.closure))
            .filter_map(|person| person.placement)
            .filter(|(state, _)| *state == State::Free)
            .map(|(_, key)| key)
            .collect();
        self.free.insert(skill, free);
    }
}

/// Returns the groups of a user: those of the current classes, and the group of the admins.
fn groups_of(person: &Person, epoch: u64) -> impl Iterator<Item = u32> + '_ {
    let admins = (person.role == Role::Admin).then_some(ADMINS);
    let current = match person.epoch == epoch {
        true => person.groups.as_slice(),
        false => &[],
    };
    current.iter().copied().chain(admins)
}
