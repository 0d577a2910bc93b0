//! Skills as small numbers, with what holding them implies and how many hold them.

use super::Map;
use crate::domain::skill::{Level, Skill, Vocabulary};

/// A skill at a level: held by somebody, or asked for at least.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct LeveledSkill {
    pub(super) skill: u32,
    pub(super) level: Level,
}

/// One skill.
#[derive(Debug, Default)]
struct Slot {
    /// More general skills that holding this one implies, sorted.
    ancestors: Box<[u32]>,
    /// How many moderators hold it or a descendant of it.
    holders: u32,
}

/// Every skill that was ever seen on this roster or is known to the dictionary and was asked for.
#[derive(Debug, Default)]
pub(super) struct Skills {
    by_id: Map<String, u32>,
    slots: Vec<Slot>,
}

impl Skills {
    /// The number of a skill, made if need be.
    pub(super) fn intern(&mut self, id: &str, vocabulary: &Vocabulary) -> u32 {
        if let Some(&known) = self.by_id.get(id) {
            return known;
        }
        let number = u32::try_from(self.slots.len()).unwrap_or(u32::MAX);
        self.by_id.insert(id.to_owned(), number);
        self.slots.push(Slot::default());
        let mut ancestors: Vec<u32> = vocabulary
            .ancestors(id)
            .iter()
            .map(|ancestor| self.intern(ancestor, vocabulary))
            .collect();
        ancestors.sort_unstable();
        self.slots[number as usize].ancestors = ancestors.into();
        number
    }

    /// What somebody with these skills holds of the own, each skill once with the best level, sorted.
    pub(super) fn own(&mut self, skills: &[Skill], vocabulary: &Vocabulary) -> Box<[LeveledSkill]> {
        let held = skills.iter().map(|skill| LeveledSkill {
            skill: self.intern(&skill.id, vocabulary),
            level: skill.held_level(),
        });
        best_of_each(held.collect())
    }

    /// What holding these implies: they and all their ancestors.
    pub(super) fn closure(&self, own: &[LeveledSkill]) -> Box<[LeveledSkill]> {
        let mut all = own.to_vec();
        for held in own {
            all.extend(
                self.ancestors(held.skill)
                    .iter()
                    .map(|&skill| LeveledSkill {
                        skill,
                        level: held.level,
                    }),
            );
        }
        best_of_each(all)
    }

    /// What a ticket asks for, as far as anybody can know it: a word that nobody on the roster has and the
    /// dictionary doesn't know disqualifies nobody, and who asks for a skill and its ancestor needs the skill only.
    pub(super) fn usable(
        &mut self,
        skills: &[Skill],
        vocabulary: &Vocabulary,
    ) -> Box<[LeveledSkill]> {
        let mut asked = Vec::with_capacity(skills.len());
        for skill in skills {
            let number = match self.by_id.get(&skill.id) {
                Some(&number) => number,
                None if vocabulary.entry(&skill.id).is_some() => self.intern(&skill.id, vocabulary),
                None => continue,
            };
            if self.holders(number) == 0 && vocabulary.entry(&skill.id).is_none() {
                continue;
            }
            asked.push(LeveledSkill {
                skill: number,
                level: skill.least_level(),
            });
        }
        let asked = best_of_each(asked);
        let implied = |held: &LeveledSkill| {
            asked.iter().any(|other| {
                other.level >= held.level
                    && self
                        .ancestors(other.skill)
                        .binary_search(&held.skill)
                        .is_ok()
            })
        };
        match asked.len() {
            0 | 1 => asked,
            _ => asked
                .iter()
                .filter(|held| !implied(held))
                .copied()
                .collect(),
        }
    }

    /// The number of a skill that was seen.
    pub(super) fn number(&self, id: &str) -> Option<u32> {
        self.by_id.get(id).copied()
    }

    /// Every skill's id and number, in no particular order.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, u32)> {
        self.by_id.iter().map(|(id, &number)| (id.as_str(), number))
    }

    pub(super) fn ancestors(&self, skill: u32) -> &[u32] {
        self.slots
            .get(skill as usize)
            .map_or(&[], |slot| &slot.ancestors)
    }

    pub(super) fn holders(&self, skill: u32) -> u32 {
        self.slots
            .get(skill as usize)
            .map_or(0, |slot| slot.holders)
    }

    /// Notes that one more (or one less) moderator holds these.
    pub(super) fn count(&mut self, closure: &[LeveledSkill], joins: bool) {
        for held in closure {
            if let Some(slot) = self.slots.get_mut(held.skill as usize) {
                slot.holders = match joins {
                    true => slot.holders + 1,
                    false => slot.holders.saturating_sub(1),
                };
            }
        }
    }
}

/// The level at which somebody with this closure holds a skill.
pub(super) fn level_in(closure: &[LeveledSkill], skill: u32) -> Option<Level> {
    let place = closure.binary_search_by_key(&skill, |held| held.skill);
    place.ok().map(|place| closure[place].level)
}

/// Whether somebody with this closure covers everything that is asked for.
pub(super) fn covers(closure: &[LeveledSkill], asked: &[LeveledSkill]) -> bool {
    asked
        .iter()
        .all(|need| level_in(closure, need.skill).is_some_and(|level| level >= need.level))
}

fn best_of_each(mut held: Vec<LeveledSkill>) -> Box<[LeveledSkill]> {
    held.sort_unstable_by(|a, b| a.skill.cmp(&b.skill).then(b.level.cmp(&a.level)));
    held.dedup_by_key(|held| held.skill);
    held.into()
}
