//! Finding out who can take tickets of a class: everybody who covers all, else those who cover the largest part by
//! rarity, else the admins.

use std::collections::BTreeSet;

use super::{
    Index,
    classes::{ADMINS, Class, Group},
    person::Person,
    skills::{LeveledSkill, covers, level_in},
};
use crate::domain::{decision::Tier, routing::log2::log2, skill::Skill, user::Role};

/// How much of what is asked for somebody covers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Part {
    /// The weight of it, twice the sum of the rarities, so that the half credit for an ancestor is whole.
    pub(super) weight: i64,
    /// How many skills are covered.
    pub(super) covered: u32,
}

/// Who can take tickets of a kind.
pub(super) struct Members {
    pub(super) tier: Tier,
    pub(super) covered: u32,
    /// Where they are kept; for the admins not listed.
    pub(super) slots: Vec<u32>,
}

impl Index {
    /// The class of tickets that need these skills, found or made. A `relaxed` one is for those who cover a part
    /// of what others cover whole.
    pub(super) fn class_of(&mut self, skills: &[Skill], relaxed: bool) -> u32 {
        let asked = self.skills.usable(skills, &self.vocabulary);
        let needs = (asked, relaxed);
        if let Some(class) = self.classes.find(&needs) {
            return class;
        }
        if self.classes.is_full() {
            self.classes.forget();
        }
        let members = self.members_of(&needs.0, relaxed, |_| true);
        let walk = match (members.tier, members.slots.is_empty()) {
            (Tier::Full, false) => rarest(&needs.0, |skill| self.skills.holders(skill)),
            _ => None,
        };
        if let Some(skill) = walk {
            self.keep_free_of(skill);
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
            asked: needs.0.clone(),
            covered: members.covered,
        };
        self.classes.add(needs, class)
    }

    /// Who can take tickets that ask for this, among the people that `admits` lets in.
    pub(super) fn members_of(
        &self,
        asked: &[LeveledSkill],
        relaxed: bool,
        admits: impl Fn(&Person) -> bool,
    ) -> Members {
        let admins = Members {
            tier: Tier::Admins,
            covered: 0,
            slots: Vec::new(),
        };
        if asked.is_empty() {
            return admins;
        }
        let moderators = || {
            (0_u32..)
                .zip(&self.people)
                .filter_map(|(slot, person)| Some((slot, person.as_ref()?)))
                .filter(|(_, person)| person.role == Role::Moderator && admits(person))
        };
        let full: Vec<u32> = moderators()
            .filter(|(_, person)| covers(&person.closure, asked))
            .map(|(slot, _)| slot)
            .collect();
        let all = u32::try_from(asked.len()).unwrap_or(u32::MAX);
        if !full.is_empty() && !relaxed {
            return Members {
                tier: Tier::Full,
                covered: all,
                slots: full,
            };
        }
        let rarities: Vec<i64> = asked.iter().map(|held| self.rarity(held.skill)).collect();
        let whole: i64 = rarities.iter().map(|rarity| 2 * rarity).sum();
        let parts: Vec<(u32, Part)> = moderators()
            .map(|(slot, person)| (slot, self.part(person, asked, &rarities)))
            .collect();
        let enough =
            |weight: i64, from: u16| weight > 0 && weight * 1_000 >= whole * i64::from(from);
        let best = parts.iter().map(|(_, part)| part.weight).max().unwrap_or(0);
        let belongs = |part: &Part| match (relaxed, full.is_empty()) {
            (false, _) => part.weight == best && enough(best, self.policy.partial_from),
            (true, false) => part.covered < all && enough(part.weight, self.policy.relax_from),
            (true, true) => enough(part.weight, self.policy.partial_from),
        };
        let chosen: Vec<&(u32, Part)> = parts.iter().filter(|(_, part)| belongs(part)).collect();
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

    /// Whether somebody covers any part of what is asked for.
    pub(super) fn knows_some(&self, person: &Person, asked: &[LeveledSkill]) -> bool {
        let rarities = vec![1; asked.len()];
        self.part(person, asked, &rarities).weight > 0
    }

    /// How rare a skill is: the logarithm of 1 + (N - n + 1/2) / (n + 1/2), as of BM25's inverse document frequency
    /// (Robertson and Zaragoza, The Probabilistic Relevance Framework, 2009), N being the moderators, n the holders.
    fn rarity(&self, skill: u32) -> i64 {
        let holders = u64::from(self.skills.holders(skill));
        log2(2 * u64::from(self.moderators) + 2) - log2(2 * holders + 1)
    }

    /// Holding a skill counts whole, holding only something more general counts half.
    fn part(&self, person: &Person, asked: &[LeveledSkill], rarities: &[i64]) -> Part {
        let mut part = Part::default();
        for (held, rarity) in asked.iter().zip(rarities) {
            match level_in(&person.closure, held.skill) {
                Some(level) if level >= held.level => {
                    part.weight += 2 * rarity;
                    part.covered += 1;
                }
                Some(_) => part.weight += rarity,
                None => {
                    let ancestors = self.skills.ancestors(held.skill);
                    let near = |own: &LeveledSkill| ancestors.binary_search(&own.skill).is_ok();
                    if person.own.iter().any(near) {
                        part.weight += rarity;
                    }
                }
            }
        }
        part
    }
}

/// The skill that the fewest hold.
fn rarest(asked: &[LeveledSkill], holders: impl Fn(u32) -> u32) -> Option<u32> {
    asked
        .iter()
        .map(|held| held.skill)
        .min_by_key(|&skill| (holders(skill), skill))
}
