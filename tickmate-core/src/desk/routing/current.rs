//! Skills according to the current dictionary, independent of the dictionary under which they were stored. Routing uses
//! them immediately; the walk that follows a change of the rules rewrites the stored ones.

use super::Rules;
use crate::domain::{
    routing::Staff,
    skill::{Level, Skill},
};

impl Rules {
    /// Returns the skills that a user has, each once with the highest level.
    pub(in crate::desk) fn held_skills(&self, skills: &[Skill]) -> Vec<Skill> {
        self.current(skills, Skill::held_level)
    }

    /// Returns the skills that a ticket requires, each once with the highest level.
    pub(in crate::desk) fn needed_skills(&self, skills: &[Skill]) -> Vec<Skill> {
        self.current(skills, Skill::least_level)
    }

    /// Returns the skill with a display name if only its id is known.
    pub(super) fn named(&self, skill: &Skill) -> Skill {
        if !skill.name.is_empty() {
            return skill.clone();
        }
        let entry = self.vocabulary.entry(&skill.id);
        let name = entry.map_or_else(
            || skill.id.strip_prefix("x:").unwrap_or(&skill.id),
            |entry| entry.name.as_str(),
        );
        Skill {
            name: name.to_owned(),
            ..skill.clone()
        }
    }

    /// Returns the skill that an unknown skill probably means, assuming a typing error.
    pub(super) fn suggested(&self, skill: &Skill) -> Option<Skill> {
        let unknown = skill.is_unknown().then(|| self.named(skill))?;
        self.vocabulary.suggest(&unknown.name).map(Skill::known)
    }

    /// Returns a staff user with skills according to the current dictionary.
    pub(super) fn with_current_skills(&self, mut staff: Staff) -> Staff {
        staff.skills = self.held_skills(&staff.skills);
        staff
    }

    fn current(&self, skills: &[Skill], level: fn(&Skill) -> Level) -> Vec<Skill> {
        let mut found: Vec<Skill> = Vec::with_capacity(skills.len());
        for skill in skills {
            let skill = self.reapplied(skill);
            match found.iter_mut().find(|other| other.same(&skill)) {
                None => found.push(skill),
                Some(other) if level(other) < level(&skill) => *other = skill,
                Some(_) => {}
            }
        }
        found
    }

    fn reapplied(&self, skill: &Skill) -> Skill {
        if !skill.name.is_empty() {
            return self.vocabulary.reapply_vocabulary(skill);
        }
        // A class of tickets holds ids only.
        let known = skill.id.strip_prefix("x:");
        match known.and_then(|key| self.vocabulary.find_key(key)) {
            Some(known) => known.at(skill.level),
            None => skill.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::domain::{
        routing::RoutingRules,
        skill::{SkillEntry, Vocabulary},
    };

    fn rules() -> Rules {
        let entry = |id: &str, name: &str, alias: &str| SkillEntry {
            id: id.to_owned(),
            name: name.to_owned(),
            aliases: vec![alias.to_owned()],
            ..SkillEntry::default()
        };
        let rows = vec![entry("foo", "Foo", "foobar"), entry("bar", "Bar", "barbaz")];
        Rules {
            version: 1,
            set: RoutingRules::default(),
            walk: 0,
            vocabulary: Arc::new(Vocabulary::new(rows).unwrap()),
        }
    }

    #[test]
    fn skills_are_those_of_the_dictionary_each_once() {
        let rules = rules();
        let stored = [
            Skill::new("x:foobar", "Foobar").at(Level::Expert),
            Skill::new("foo", "Old name"),
            Skill::new("gone", "Gone").at(Level::Novice),
        ];
        let expert = Skill::new("foo", "Foo").at(Level::Expert);
        let gone = Skill::new("x:gone", "Gone").at(Level::Novice);
        assert_eq!(rules.held_skills(&stored), [expert.clone(), gone.clone()]);
        assert_eq!(rules.needed_skills(&stored), [expert, gone]);
    }

    #[test]
    fn who_says_no_level_is_skilled_and_asks_for_no_more_than_a_novice() {
        let rules = rules();
        let stored = [
            Skill::new("foo", "Foo"),
            Skill::new("x:foobar", "Foobar").at(Level::Novice),
        ];
        assert_eq!(rules.held_skills(&stored), [Skill::new("foo", "Foo")]);
        assert_eq!(rules.needed_skills(&stored), [Skill::new("foo", "Foo")]);
        let stored = [
            Skill::new("foo", "Foo"),
            Skill::new("x:foobar", "Foobar").at(Level::Skilled),
        ];
        assert_eq!(rules.held_skills(&stored), [Skill::new("foo", "Foo")]);
        let skilled = Skill::new("foo", "Foo").at(Level::Skilled);
        assert_eq!(rules.needed_skills(&stored), [skilled]);
    }

    #[test]
    fn ids_alone_are_enough_for_what_became_known() {
        let rules = rules();
        let class = [
            Skill::new("x:foobar", "").at(Level::Skilled),
            Skill::new("x:odd", ""),
            Skill::new("gone", ""),
        ];
        let needed = rules.needed_skills(&class);
        let ids: Vec<&str> = needed.iter().map(|skill| skill.id.as_str()).collect();
        assert_eq!(ids, ["foo", "x:odd", "gone"]);
        assert_eq!(needed[0].level, Some(Level::Skilled));
    }
}
