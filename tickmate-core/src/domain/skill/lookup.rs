//! Lookup: from a name in any spelling to its skill.

use super::{
    Skill,
    key::{folded, key},
    vocabulary::Vocabulary,
};

/// The most characters of a name that count.
pub const MAX_NAME: usize = 60;
/// The fewest characters of a name that a version or a general word may follow without a separator.
const MIN_STEM: usize = 4;
/// Words that users add to the name of a skill without changing its meaning.
const GENERAL: [&str; 14] = [
    "development",
    "developer",
    "programming",
    "administration",
    "administrator",
    "admin",
    "issues",
    "issue",
    "support",
    "language",
    "framework",
    "skills",
    "engineer",
    "js",
];

impl Vocabulary {
    /// Returns the skill of this name, of which the first 60 characters count. It looks for the name as it is, then without
    /// the version at its end (`Python 3.12`, `Vue v3`, `python3.11`), then without one general word there
    /// (`C++ development`). A name that is unknown in all of these forms is kept as it is, and matches only itself, never a
    /// similar name.
    pub fn resolve(&self, name: &str) -> Skill {
        let name = truncate_name(name);
        let whole = key(name);
        if let Some(skill) = self.find_key(&whole).or_else(|| self.find_parts(name)) {
            return skill;
        }
        let id = match whole.is_empty() {
            true => name.to_lowercase(),
            false => whole,
        };
        Skill::new(format!("x:{id}"), name)
    }

    /// Resolves several names, each skill once, in the order of first mention. Empty names are skipped.
    pub fn resolve_all<'a>(&self, names: impl IntoIterator<Item = &'a str>) -> Vec<Skill> {
        let mut skills: Vec<Skill> = Vec::new();
        for name in names.into_iter().filter(|name| !name.trim().is_empty()) {
            let skill = self.resolve(name);
            if !Skill::has(&skills, &skill.id) {
                skills.push(skill);
            }
        }
        skills
    }

    /// Resolves a skill that another vocabulary resolved, at the same level. A known id keeps its skill, with the name in this
    /// vocabulary; for any other id the name is looked up.
    pub fn reapply_vocabulary(&self, skill: &Skill) -> Skill {
        let resolved = match self.entry(&skill.id) {
            Some(entry) => Skill::known(entry),
            None => self.resolve(&skill.name),
        };
        Skill {
            level: skill.level,
            ..resolved
        }
    }

    fn find_parts(&self, name: &str) -> Option<Skill> {
        let name = folded(name);
        let versionless = without_version(&name);
        let stem = name.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.');
        let is_long = |part: &str| key(part).chars().count() >= MIN_STEM;
        let find = |part: &str| match key(part) {
            key if key.is_empty() => None,
            key => self.find_key(&key),
        };
        versionless
            .and_then(find)
            .or_else(|| find(stem).filter(|_| stem.len() < name.len() && is_long(stem)))
            .or_else(|| {
                let bare = versionless.unwrap_or(&name);
                GENERAL.iter().find_map(|word| {
                    let part = bare.strip_suffix(word)?;
                    // `Go.js` and `R.js` are libraries of JavaScript.
                    let is_separated = !part.ends_with(char::is_alphanumeric) && *word != "js";
                    find(part).filter(|_| is_separated || is_long(part))
                })
            })
    }
}

/// Returns the part of a name that counts.
fn truncate_name(name: &str) -> &str {
    let name = name.trim();
    match name.char_indices().nth(MAX_NAME) {
        Some((end, _)) => name[..end].trim_end(),
        None => name,
    }
}

/// Returns a folded name without the version at its end, if white space or a `v` separates it.
fn without_version(name: &str) -> Option<&str> {
    let number = name
        .strip_suffix(".x")
        .or_else(|| name.strip_suffix('+'))
        .unwrap_or(name);
    let head = number.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.');
    let is_version = number[head.len()..].split('.').all(|part| !part.is_empty());
    let before = head.strip_suffix('v').unwrap_or(head);
    let is_separated = match before.len() == head.len() {
        true => head.ends_with(char::is_whitespace),
        false => before.ends_with(|c: char| !c.is_alphanumeric()),
    };
    (is_version && is_separated).then(|| before.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_separated_version_is_removed() {
        for (name, bare) in [
            ("python 3.11", Some("python")),
            ("python 3.x", Some("python")),
            ("angular 2+", Some("angular")),
            ("vue v3", Some("vue")),
            ("vue-v3", Some("vue-")),
            ("c++ 17", Some("c++")),
            ("c++", None),
            ("k8s", None),
            ("s3", None),
            ("dev3", None),
            ("python 3.", None),
            ("python .3", None),
            ("python 3..1", None),
            ("v3", None),
            ("3", None),
            ("+", None),
            ("", None),
        ] {
            assert_eq!(without_version(name), bare, "{name}");
        }
    }

    #[test]
    fn a_long_name_is_cut_between_characters() {
        assert_eq!(truncate_name(&"ä".repeat(61)), "ä".repeat(60));
        assert_eq!(
            truncate_name(&format!("{} b", "a".repeat(59))),
            "a".repeat(59)
        );
        assert_eq!(truncate_name("  a  "), "a");
    }
}
