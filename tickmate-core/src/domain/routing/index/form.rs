//! Forms classes: who can take the tickets of a class. These are the moderators who cover all skills, otherwise those
//! who cover the largest part by rarity, otherwise the admins.

use std::collections::BTreeSet;

use super::{
    Index,
    classes::{ADMINS, Class, Group},
    person::Person,
    skills::{LeveledSkill, covers, level_in},
};
use crate::domain::{decision::Tier, routing::log2::log2, skill::Skill, user::Role};

/// How much of the required skills a user covers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct PartialCoverage {
    /// Twice the sum of the rarities, which keeps the half credit for an ancestor an integer.
    pub(super) weight: i64,
    /// The number of covered skills.
    pub(super) covered: u32,
}

/// The users who can take the tickets of a class.
pub(super) struct Members {
    pub(super) tier: Tier,
    pub(super) covered: u32,
    /// The slots of these users; empty for the admins.
    pub(super) slots: Vec<u32>,
}

impl Index {
    /// Returns the class of tickets with these skills, and creates it if needed. A `relaxed` class consists of users
    /// who cover a part of what others cover completely.
    pub(super) fn class_of(&mut self, skills: &[Skill], relaxed: bool) -> u32 {
        let required = self.skills.usable(skills, &self.vocabulary);
        let needs = (required, relaxed);
        if let Some(class) = self.classes.find(&needs) {
            return class;
        }
        if self.classes.is_full() {
            self.classes.clear();
        }
        let members = self.members_of(&needs.0, relaxed, |_| true);
        let walk = match (members.tier, members.slots.is_empty()) {
            (Tier::Full, false) => rarest(&needs.0, |skill| self.skills.holders(skill)),
            _ => None,
        };
        if let Some(skill) = walk {
            self.build_skill_set(skill);
        }
        let group = match members.tier {
            Tier::Admins => ADMINS,
            Tier::Full | Tier::Partial => {
                let own_set = walk.is_none().then(BTreeSet::new);
                let group = self.classes.add_group(Group {
                    free: own_set,
                    ..Group::default()
                });
                for slot in members.slots {
                    self.join(slot, group);
                }
                group
            }
        };
        let class = Class {
            tier: members.tier,
            group,
            walk,
            required: needs.0.clone(),
            covered: members.covered,
        };
        self.classes.add(needs, class)
    }

    /// Returns who can take tickets with these requirements, among the users that `admits` accepts.
    pub(super) fn members_of(
        &self,
        required: &[LeveledSkill],
        relaxed: bool,
        admits: impl Fn(&Person) -> bool,
    ) -> Members {
        let admins = Members {
            tier: Tier::Admins,
            covered: 0,
            slots: Vec::new(),
        };
        if required.is_empty() {
            return admins;
        }
        let moderators = || {
            (0_u32..)
                .zip(&self.people)
                .filter_map(|(slot, person)| Some((slot, person.as_ref()?)))
                .filter(|(_, person)| person.role == Role::Moderator && admits(person))
        };
        let full: Vec<u32> = moderators()
            .filter(|(_, person)| covers(&person.closure, required))
            .map(|(slot, _)| slot)
            .collect();
        let all = u32::try_from(required.len()).unwrap_or(u32::MAX);
        if !full.is_empty() && !relaxed {
            return Members {
                tier: Tier::Full,
                covered: all,
                slots: full,
            };
        }
        let rarities: Vec<i64> = required
            .iter()
            .map(|leveled| self.rarity(leveled.skill))
            .collect();
        let whole: i64 = rarities.iter().map(|rarity| 2 * rarity).sum();
        let parts: Vec<(u32, PartialCoverage)> = moderators()
            .map(|(slot, person)| (slot, self.part(person, required, &rarities)))
            .collect();
        let is_enough =
            |weight: i64, from: u16| weight > 0 && weight * 1_000 >= whole * i64::from(from);
        let best = parts.iter().map(|(_, part)| part.weight).max().unwrap_or(0);
        let belongs = |part: &PartialCoverage| match (relaxed, full.is_empty()) {
            (false, _) => part.weight == best && is_enough(best, self.policy.partial_from),
            (true, false) => part.covered < all && is_enough(part.weight, self.policy.relax_from),
            (true, true) => is_enough(part.weight, self.policy.partial_from),
        };
        let chosen: Vec<&(u32, PartialCoverage)> =
            parts.iter().filter(|(_, part)| belongs(part)).collect();
        if chosen.is_empty() && !relaxed {
            return admins;
        }
        Members {
            tier: Tier::Partial,
            covered: chosen
                .iter()
                .map(|(_, part)| part.covered)
                .min()
                .unwrap_or(0),
            slots: chosen.iter().map(|(slot, _)| *slot).collect(),
        }
    }

    /// Returns whether a user covers any part of the requirements.
    pub(super) fn covers_some(&self, person: &Person, required: &[LeveledSkill]) -> bool {
        let rarities = vec![1; required.len()];
        self.part(person, required, &rarities).weight > 0
    }

    /// Returns the rarity of a skill: the logarithm of 1 + (N - n + 1/2) / (n + 1/2), as in BM25's inverse document
    /// frequency (Robertson and Zaragoza, The Probabilistic Relevance Framework, 2009), where N is the number of
    /// moderators and n the number of holders.
    fn rarity(&self, skill: u32) -> i64 {
        let holders = u64::from(self.skills.holders(skill));
        log2(2 * u64::from(self.moderators) + 2) - log2(2 * holders + 1)
    }

    /// Returns the part of the requirements that a user covers. A held skill counts fully; a skill of which the user
    /// holds only a more general one counts half.
    fn part(
        &self,
        person: &Person,
        required: &[LeveledSkill],
        rarities: &[i64],
    ) -> PartialCoverage {
        let mut part = PartialCoverage::default();
        for (leveled, rarity) in required.iter().zip(rarities) {
            match level_in(&person.closure, leveled.skill) {
                Some(level) if level >= leveled.level => {
                    part.weight += 2 * rarity;
                    part.covered += 1;
                }
                Some(_) => part.weight += rarity,
                None => {
                    let ancestors = self.skills.ancestors(leveled.skill);
                    let is_ancestor =
                        |other: &LeveledSkill| ancestors.binary_search(&other.skill).is_ok();
                    if person.own_skills.iter().any(is_ancestor) {
                        part.weight += rarity;
                    }
                }
            }
        }
        part
    }
}

/// Returns the skill with the fewest holders.
fn rarest(required: &[LeveledSkill], holders: impl Fn(u32) -> u32) -> Option<u32> {
    required
        .iter()
        .map(|leveled| leveled.skill)
        .min_by_key(|&skill| (holders(skill), skill))
}
