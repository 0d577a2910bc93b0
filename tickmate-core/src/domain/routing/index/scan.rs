//! The same decision by looking at everybody: where all who fit are passed over, and as a measure for the index.

use std::collections::BTreeSet;

use super::{
    Index,
    choose::Passed,
    classes::{ADMINS, Class, Group},
};
use crate::domain::{
    decision::{Cause, Decision, Tier},
    routing::Needs,
    user::Role,
};

impl Index {
    /// Who gets a ticket if those who are passed over were not there at all. Costs by the number of people.
    pub fn decide_by_looking_at_all(&mut self, needs: &Needs<'_>, cause: Cause) -> Decision {
        let asked = self.skills.usable(needs.skills, &self.vocabulary);
        let relaxed = cause == Cause::Relaxed;
        let members = self.members_of(&asked, relaxed, |person| !needs.excludes(person.id));
        let slots = match members.tier {
            Tier::Full | Tier::Partial => members.slots,
            Tier::Admins => self.admins(needs),
        };
        let excluded = self
            .people
            .iter()
            .flatten()
            .filter(|one| needs.excludes(one.id));
        let passed = Passed {
            count: u32::try_from(excluded.count()).unwrap_or(u32::MAX),
            ..Passed::default()
        };
        let mut group = Group {
            free: Some(BTreeSet::new()),
            ..Group::default()
        };
        for slot in slots {
            if let Some((state, key)) = self.person(slot).and_then(|person| person.placed) {
                group.add(state, key);
                group.members += 1;
            }
        }
        let class = Class {
            tier: members.tier,
            group: ADMINS,
            walk: None,
            asked,
            covered: members.covered,
        };
        self.pick(&class, &group, needs, cause, passed).decision
    }

    /// The admins who may be given a ticket. Where all would be passed over none is, since nobody else could look
    /// at it.
    fn admins(&self, needs: &Needs<'_>) -> Vec<u32> {
        let admins = |heed: bool| {
            (0_u32..)
                .zip(&self.people)
                .filter_map(|(slot, person)| Some((slot, person.as_ref()?)))
                .filter(|(_, person)| person.role == Role::Admin)
                .filter(|(_, person)| !heed || !needs.excludes(person.id))
                .map(|(slot, _)| slot)
                .collect::<Vec<u32>>()
        };
        match admins(true) {
            others if !others.is_empty() => others,
            _ => admins(false),
        }
    }
}
