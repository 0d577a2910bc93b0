//! Skills: one id for every spelling of a name, by a vocabulary of names and aliases.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// A skill that a person has or a ticket needs. Two skills are the same when their ids are.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Skill {
    /// The canonical id: of the vocabulary, or `x:` and the key of a name that it does not know.
    pub id: String,
    /// How it is shown: the vocabulary's name, or the name as it was written.
    pub name: String,
}

impl PartialEq for Skill {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

impl Eq for Skill {}

/// One entry of a vocabulary.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SkillEntry {
    /// The canonical id: lower-case letters, digits and hyphens.
    pub id: String,
    /// How it is shown.
    pub name: String,
    /// Other names for it.
    #[serde(default)]
    pub aliases: Vec<String>,
}

/// The skills that a desk knows by name.
#[derive(Debug, Clone, Default)]
pub struct Vocabulary {
    entries: Vec<SkillEntry>,
    by_key: BTreeMap<String, usize>,
}

impl Vocabulary {
    /// Builds a vocabulary. Where two entries claim one name, the first has it.
    pub fn new(entries: Vec<SkillEntry>) -> Self {
        let mut by_key = BTreeMap::new();
        for (index, entry) in entries.iter().enumerate() {
            for name in [&entry.id, &entry.name].into_iter().chain(&entry.aliases) {
                by_key.entry(key(name)).or_insert(index);
            }
        }
        by_key.remove("");
        Self { entries, by_key }
    }

    /// The skill of this name. One that the vocabulary does not know is kept as it is, and matches only itself.
    pub fn resolve(&self, name: &str) -> Skill {
        let key = key(name);
        let known = self
            .find_key(&key)
            .or_else(|| self.find_key(without_version(name, &key)?.as_str()));
        known.unwrap_or_else(|| {
            let id = if key.is_empty() {
                name.trim().to_lowercase()
            } else {
                key
            };
            Skill {
                id: format!("x:{id}"),
                name: name.trim().to_owned(),
            }
        })
    }

    /// Resolves several names, each skill once, in the order of first mention.
    pub fn resolve_all<'a>(&self, names: impl IntoIterator<Item = &'a str>) -> Vec<Skill> {
        let mut skills: Vec<Skill> = Vec::new();
        for skill in names.into_iter().map(|name| self.resolve(name)) {
            if !skills.contains(&skill) {
                skills.push(skill);
            }
        }
        skills
    }

    /// The entry whose name or alias has this [`key`].
    pub fn find_key(&self, key: &str) -> Option<Skill> {
        let entry = &self.entries[*self.by_key.get(key)?];
        Some(Skill {
            id: entry.id.clone(),
            name: entry.name.clone(),
        })
    }

    /// The places of the entries by the keys of their ids, names and aliases.
    pub(super) const fn keys(&self) -> &BTreeMap<String, usize> {
        &self.by_key
    }

    /// Every entry, in the order given.
    pub fn entries(&self) -> &[SkillEntry] {
        &self.entries
    }
}

/// What is compared instead of a name: compatibility form, case folded, no marks, the signs of `C++`, `C#` and
/// `.NET` as words, and nothing else but letters and digits.
pub fn key(name: &str) -> String {
    let folded: String = name
        .trim()
        .nfkc()
        .flat_map(char::to_lowercase)
        .nfd()
        .filter(|c| !is_combining_mark(*c))
        .collect();
    let spelled = folded
        .replace("c++", "cpp")
        .replace('#', "sharp")
        .replace('&', "and");
    let spelled = match spelled.strip_prefix('.') {
        Some(rest) => format!("dot{rest}"),
        None => spelled,
    };
    let spelled = match spelled.strip_suffix('+') {
        Some(rest) => format!("{rest}plus"),
        None => spelled,
    };
    spelled.chars().filter(|c| c.is_alphanumeric()).collect()
}

/// The key of a name without the version set apart at its end (`Python 3.12`, `PostgreSQL v16`).
fn without_version(name: &str, full: &str) -> Option<String> {
    let (stem, last) = name.trim().rsplit_once(char::is_whitespace)?;
    let digits = last.strip_prefix(['v', 'V']).unwrap_or(last);
    let is_version = digits.starts_with(|c: char| c.is_ascii_digit())
        && digits
            .chars()
            .all(|c| c.is_ascii_digit() || c == '.' || c == 'x');
    let stem = key(stem);
    (is_version && !stem.is_empty() && stem != full).then_some(stem)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vocabulary() -> Vocabulary {
        let entry = |id: &str, name: &str, aliases: &[&str]| SkillEntry {
            id: id.to_owned(),
            name: name.to_owned(),
            aliases: aliases.iter().map(|&alias| alias.to_owned()).collect(),
        };
        Vocabulary::new(vec![
            entry("c", "C", &[]),
            entry("cpp", "C++", &["cplusplus"]),
            entry("csharp", "C#", &["c sharp"]),
            entry("dotnet", ".NET", &["dot net"]),
            entry("go", "Go", &["golang"]),
            entry("r", "R", &[]),
            entry("java", "Java", &[]),
            entry("javascript", "JavaScript", &["js"]),
            entry("postgresql", "PostgreSQL", &["postgres"]),
        ])
    }

    #[test]
    fn names_that_look_alike_stay_apart() {
        let vocabulary = vocabulary();
        for (name, id) in [
            ("C", "c"),
            ("c++", "cpp"),
            ("C#", "csharp"),
            (".net", "dotnet"),
            ("Go", "go"),
            ("golang", "go"),
            ("R", "r"),
            ("Java", "java"),
            ("JS", "javascript"),
            ("Java Script", "javascript"),
            ("Postgres 16.2", "postgresql"),
            ("ＰＯＳＴＧＲＥＳ", "postgresql"),
            ("MongoDB", "x:mongodb"),
            (".*", "x:dot"),
            ("%", "x:%"),
            ("C(", "c"),
        ] {
            assert_eq!(vocabulary.resolve(name).id, id, "{name}");
        }
    }

    #[test]
    fn each_skill_is_listed_once() {
        let ids: Vec<_> = vocabulary()
            .resolve_all(["js", "JavaScript", "Zig"])
            .into_iter()
            .map(|s| s.id)
            .collect();
        assert_eq!(ids, ["javascript", "x:zig"]);
    }
}
