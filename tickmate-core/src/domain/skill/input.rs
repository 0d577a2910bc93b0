//! Skills as input: a name in any spelling, and optionally a level.

use super::{Level, Skill, vocabulary::Vocabulary};
use crate::domain::text::{self, FieldError};

/// A skill as a user entered it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SkillInput {
    /// The name, in any spelling: 1 to 60 characters on one line.
    pub name: String,
    /// The level. `None` keeps the stored one, if any; `Some(None)` removes it.
    pub level: Option<Option<Level>>,
}

impl SkillInput {
    /// Creates the input of a name with a level.
    pub fn at(name: impl Into<String>, level: Level) -> Self {
        Self {
            name: name.into(),
            level: Some(Some(level)),
        }
    }
}

impl From<&str> for SkillInput {
    /// Creates the input of a name without a level.
    fn from(name: &str) -> Self {
        name.to_owned().into()
    }
}

impl From<String> for SkillInput {
    /// Creates the input of a name without a level.
    fn from(name: String) -> Self {
        Self { name, level: None }
    }
}

impl Vocabulary {
    /// Checks these entries: at most 50, with valid names, and no two of one skill with different levels.
    ///
    /// # Errors
    /// The path of the first invalid entry: `field` if there are too many, `skills[2]` for a name, `skills[2].level` for a
    /// level.
    pub fn check_inputs(&self, field: &str, inputs: &[SkillInput]) -> Result<(), FieldError> {
        if inputs.len() > text::MAX_SKILLS {
            let message = format!("must be at most {}", text::MAX_SKILLS);
            return Err(FieldError::new(field, message));
        }
        let mut levels: Vec<(String, Option<Level>)> = Vec::new();
        for (place, input) in inputs.iter().enumerate() {
            text::SKILL.check(&format!("{field}[{place}]"), &input.name)?;
            let Some(level) = input.level else { continue };
            let id = self.resolve(&input.name).id;
            match levels.iter().find(|(known, _)| *known == id) {
                Some((_, before)) if *before != level => {
                    return Err(FieldError::new(
                        format!("{field}[{place}].level"),
                        "is another than that of an earlier entry for the same skill",
                    ));
                }
                Some(_) => {}
                None => levels.push((id, level)),
            }
        }
        Ok(())
    }

    /// Resolves these entries to skills, each once, in the order of first mention. An entry without a level keeps the level
    /// of the same skill in `stored`, so names alone change no level. If the entries are all of `stored` in another order,
    /// the result is `stored`.
    pub fn resolve_inputs(&self, inputs: &[SkillInput], stored: &[Skill]) -> Vec<Skill> {
        let names = inputs.iter().map(|input| input.name.as_str());
        let mut skills = self.resolve_all(names);
        for skill in &mut skills {
            let stored = stored.iter().find(|known| known.same(skill));
            skill.level = stored.and_then(|known| known.level);
        }
        for input in inputs {
            let Some(level) = input.level else { continue };
            let named = self.resolve(&input.name);
            if let Some(skill) = skills.iter_mut().find(|skill| skill.same(&named)) {
                skill.level = level;
            }
        }
        let is_unchanged =
            skills.len() == stored.len() && skills.iter().all(|one| stored.contains(one));
        if is_unchanged {
            stored.to_vec()
        } else {
            skills
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EXPERT: Option<Option<Level>> = Some(Some(Level::Expert));

    fn input(name: &str, level: Option<Option<Level>>) -> SkillInput {
        SkillInput {
            level,
            ..name.into()
        }
    }

    #[test]
    fn another_order_changes_nothing() {
        let vocabulary = Vocabulary::shipped();
        let stored = vocabulary.resolve_all(["React", "Linux"]);
        let named = |names: [&str; 2]| {
            let inputs = names.map(|name| input(name, None));
            vocabulary.resolve_inputs(&inputs, &stored)
        };
        assert_eq!(named(["linux", "reactjs"]), stored);
        assert_ne!(named(["Linux", "SQL"]), stored);
    }

    #[test]
    fn a_level_is_kept_set_or_removed() {
        let vocabulary = Vocabulary::shipped();
        let stored = [vocabulary.resolve("React").at(Some(Level::Novice))];
        for (inputs, expected) in [
            (vec![input("reactjs", None)], vec!["React (level 1)"]),
            (vec![input("React", EXPERT)], vec!["React (level 3)"]),
            (vec![input("React", Some(None))], vec!["React"]),
            (vec![input("Linux", None)], vec!["Linux"]),
            (vec![input("Linux", Some(None))], vec!["Linux"]),
            (
                vec![
                    input("Linux", None),
                    input("react", None),
                    input("React.js", EXPERT),
                ],
                vec!["Linux", "React (level 3)"],
            ),
            (vec![], vec![]),
        ] {
            let skills = vocabulary.resolve_inputs(&inputs, &stored);
            let labels: Vec<String> = skills.iter().map(Skill::label).collect();
            assert_eq!(labels, expected, "{inputs:?}");
        }
    }

    #[test]
    fn errors_name_the_invalid_entry() {
        let vocabulary = Vocabulary::shipped();
        let novice = Some(Some(Level::Novice));
        for (inputs, field) in [
            (vec![input("a", None); 51], "skills"),
            (vec![input("a", None), input(" ", None)], "skills[1]"),
            (vec![input("a\nb", EXPERT)], "skills[0]"),
            (
                vec![input("ä", None), input(&"ä".repeat(61), None)],
                "skills[1]",
            ),
            (
                vec![
                    input("React", novice),
                    input("x", None),
                    input("reactjs", EXPERT),
                ],
                "skills[2].level",
            ),
            (
                vec![input("React", Some(None)), input("React", EXPERT)],
                "skills[1].level",
            ),
        ] {
            let refused = vocabulary.check_inputs("skills", &inputs);
            assert_eq!(refused.map_err(|error| error.field), Err(field.to_owned()));
        }
        let valid = [
            input("React", EXPERT),
            input("reactjs", EXPERT),
            input("React", None),
        ];
        assert_eq!(vocabulary.check_inputs("skills", &valid), Ok(()));
        assert_eq!(
            vocabulary.check_inputs("skills", &vec![input("a", None); 50]),
            Ok(())
        );
    }
}
