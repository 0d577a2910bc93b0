//! The same decision by a scan of the whole roster. It is used if all users who fit are excluded, and as the
//! reference for the tests of the index.

use std::collections::BTreeSet;

use super::{
    Index,
    choose::ExcludedUsers,
    classes::{ADMINS, Class, Group},
};
use crate::domain::{
    decision::{Cause, Decision, Tier},
    routing::Needs,
    user::Role,
};

impl Index {
    /// Decides as if the excluded users were not on the roster. Costs grow with the number of users.
    pub fn decide_by_looking_at_all(&mut self, needs: &Needs<'_>, cause: Cause) -> Decision {
        let required = self.skills.usable(needs.skills, &self.vocabulary);
        let relaxed = cause == Cause::Relaxed;
        let members = self.members_of(&required, relaxed, |person| !needs.excludes(person.id));
        let slots = match members.tier {
            Tier::Full | Tier::Partial => members.slots,
            Tier::Admins => self.admins(needs),
        };
        let excluded_staff = self
            .people
            .iter()
            .flatten()
            .filter(|one| needs.excludes(one.id));
        let excluded = ExcludedUsers {
            count: u32::try_from(excluded_staff.count()).unwrap_or(u32::MAX),
            ..ExcludedUsers::default()
        };
        let mut group = Group {
            free: Some(BTreeSet::new()),
            ..Group::default()
        };
        for slot in slots {
            if let Some((state, key)) = self.person(slot).and_then(|person| person.placement) {
                group.add(state, key);
                group.members += 1;
            }
        }
        let class = Class {
            tier: members.tier,
            group: ADMINS,
            walk: None,
            required,
            covered: members.covered,
        };
        self.decide_in_group(&class, &group, needs, cause, excluded)
            .decision
    }

    /// Returns the admins who can be assigned a ticket. If all of them are excluded, returns all, since nobody else
    /// could handle the ticket.
    fn admins(&self, needs: &Needs<'_>) -> Vec<u32> {
        let admins = |skips_excluded: bool| {
            (0_u32..)
                .zip(&self.people)
                .filter_map(|(slot, person)| Some((slot, person.as_ref()?)))
                .filter(|(_, person)| person.role == Role::Admin)
                .filter(|(_, person)| !skips_excluded || !needs.excludes(person.id))
                .map(|(slot, _)| slot)
                .collect::<Vec<u32>>()
        };
        match admins(true) {
            others if !others.is_empty() => others,
            _ => admins(false),
        }
    }
}
