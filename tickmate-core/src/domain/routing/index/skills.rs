//! Skills as small integers, with their ancestors and the number of their holders.

use super::Map;
use crate::domain::skill::{Level, Skill, Vocabulary};

/// A skill with a level: the level that a user holds or the minimum that a ticket requires.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct LeveledSkill {
    pub(super) skill: u32,
    pub(super) level: Level,
}

/// The data of one skill.
#[derive(Debug, Default)]
struct Slot {
    /// The more general skills that this one implies, sorted.
    ancestors: Box<[u32]>,
    /// The number of moderators who hold it or a descendant of it.
    holders: u32,
}

/// All skills that this roster has ever had, and those of the dictionary that were requested.
#[derive(Debug, Default)]
pub(super) struct Skills {
    by_id: Map<String, u32>,
    slots: Vec<Slot>,
}

impl Skills {
    /// Returns the number of a skill and assigns one if the skill is new.
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

    /// Returns the skills of a user without the implied ones, each once with its best level, sorted.
    pub(super) fn own_skills(
        &mut self,
        skills: &[Skill],
        vocabulary: &Vocabulary,
    ) -> Box<[LeveledSkill]> {
        let leveled = skills.iter().map(|skill| LeveledSkill {
            skill: self.intern(&skill.id, vocabulary),
            level: skill.held_level(),
        });
        best_level_each(leveled.collect())
    }

    /// Returns these skills and all their ancestors.
    pub(super) fn closure(&self, own_skills: &[LeveledSkill]) -> Box<[LeveledSkill]> {
        let mut all = own_skills.to_vec();
        for leveled in own_skills {
            all.extend(
                self.ancestors(leveled.skill)
                    .iter()
                    .map(|&skill| LeveledSkill {
                        skill,
                        level: leveled.level,
                    }),
            );
        }
        best_level_each(all)
    }

    /// Returns the usable requirements of a ticket.
    ///
    /// A skill that nobody on the roster holds and that the dictionary does not contain is ignored, since it would
    /// disqualify everybody. If a skill and its ancestor are both required, only the skill counts.
    pub(super) fn usable(
        &mut self,
        skills: &[Skill],
        vocabulary: &Vocabulary,
    ) -> Box<[LeveledSkill]> {
        let mut required = Vec::with_capacity(skills.len());
        for skill in skills {
            let number = match self.by_id.get(&skill.id) {
                Some(&number) => number,
                None if vocabulary.entry(&skill.id).is_some() => self.intern(&skill.id, vocabulary),
                None => continue,
            };
            if self.holders(number) == 0 && vocabulary.entry(&skill.id).is_none() {
                continue;
            }
            required.push(LeveledSkill {
                skill: number,
                level: skill.least_level(),
            });
        }
        let required = best_level_each(required);
        let is_implied = |leveled: &LeveledSkill| {
            required.iter().any(|other| {
                other.level >= leveled.level
                    && self
                        .ancestors(other.skill)
                        .binary_search(&leveled.skill)
                        .is_ok()
            })
        };
        match required.len() {
            0 | 1 => required,
            _ => required
                .iter()
                .filter(|leveled| !is_implied(leveled))
                .copied()
                .collect(),
        }
    }

    /// Returns the number of a skill, if it has one.
    pub(super) fn number(&self, id: &str) -> Option<u32> {
        self.by_id.get(id).copied()
    }

    /// Iterates over the ids and numbers of all skills, in no particular order.
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

    /// Updates the holder counts for a moderator who joins or leaves.
    pub(super) fn count(&mut self, closure: &[LeveledSkill], joins: bool) {
        for leveled in closure {
            if let Some(slot) = self.slots.get_mut(leveled.skill as usize) {
                slot.holders = match joins {
                    true => slot.holders + 1,
                    false => slot.holders.saturating_sub(1),
                };
            }
        }
    }
}

/// Returns the level of a skill in a closure.
pub(super) fn level_in(closure: &[LeveledSkill], skill: u32) -> Option<Level> {
    let place = closure.binary_search_by_key(&skill, |leveled| leveled.skill);
    place.ok().map(|place| closure[place].level)
}

/// Returns whether a closure covers all required skills.
pub(super) fn covers(closure: &[LeveledSkill], required: &[LeveledSkill]) -> bool {
    required
        .iter()
        .all(|need| level_in(closure, need.skill).is_some_and(|level| level >= need.level))
}

fn best_level_each(mut leveled: Vec<LeveledSkill>) -> Box<[LeveledSkill]> {
    leveled.sort_unstable_by(|a, b| a.skill.cmp(&b.skill).then(b.level.cmp(&a.level)));
    leveled.dedup_by_key(|leveled| leveled.skill);
    leveled.into()
}
