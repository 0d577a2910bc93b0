//! Suggestions for names with one wrong letter, measured over every name of the shipped vocabulary.

use std::collections::BTreeMap;

use tickmate_core::domain::skill::key;

use crate::SHIPPED;

/// Every name of six letters or digits at least, by key, with the id of its skill.
fn long_names() -> BTreeMap<String, &'static str> {
    let mut names = BTreeMap::new();
    for entry in SHIPPED.entries() {
        for name in [&entry.id, &entry.name].into_iter().chain(&entry.aliases) {
            let key = key(name);
            if key.chars().count() >= 6 {
                names.insert(key, entry.id.as_str());
            }
        }
    }
    names
}

/// What is written instead of another letter, or besides.
const LETTERS: [char; 7] = ['e', 'a', 's', 'i', 'o', 't', 'x'];

/// One edit of each kind at each place behind the first letter.
fn edits(word: &str) -> Vec<String> {
    let letters: Vec<char> = word.chars().collect();
    let mut edits = Vec::new();
    let mut add = |edit: &dyn Fn(&mut Vec<char>)| {
        let mut edited = letters.clone();
        edit(&mut edited);
        edits.push(edited.into_iter().collect());
    };
    for at in 1..letters.len() {
        add(&|word| {
            word.remove(at);
        });
        let letter = LETTERS[at % LETTERS.len()];
        add(&|word| word[at] = letter);
        add(&|word| word.insert(at, letter));
        if at + 1 < letters.len() {
            add(&|word| word.swap(at, at + 1));
        }
    }
    edits.retain(|edited: &String| edited != word);
    edits
}

#[test]
fn a_typo_is_hardly_ever_taken_for_another_skill() {
    let (mut right, mut unknown, mut wrong) = (0_u32, 0_u32, 0_u32);
    for (word, id) in long_names() {
        for edited in edits(&word) {
            let resolved = SHIPPED.resolve(&edited);
            let found = match resolved.is_unknown() {
                true => SHIPPED.suggest(&edited).map(|entry| entry.id.as_str()),
                false => Some(resolved.id.as_str()),
            };
            match found {
                Some(found) if found == id => right += 1,
                Some(_) => wrong += 1,
                None => unknown += 1,
            }
        }
    }
    let all = right + unknown + wrong;
    let share = |count: u32| f64::from(count) / f64::from(all);
    let figures = format!("{right} right, {unknown} unknown, {wrong} wrong of {all}");
    assert!(all > 40_000, "{figures}");
    assert!(share(wrong) <= 0.01, "{figures}");
    assert!(share(right) >= 0.95, "{figures}");
}

#[test]
fn what_is_suggested_and_what_is_not() {
    for (name, expected) in [
        ("pyhton", Some("python")),
        ("Postgressql", Some("postgresql")),
        ("Kubernets", Some("kubernetes")),
        ("jaavscript", Some("javascript")),
        ("pithon 3", Some("python")),
        ("pithon 4", None),
        ("python", None),
        ("ython", None),
        ("jython", None),
        ("Fsharpe", Some("fsharp")),
        ("csharp", None),
        ("dsharp", None),
        ("Jave", None),
        ("sql", None),
        ("completely else", None),
        ("", None),
        ("%", None),
        ("🔥🔥🔥🔥🔥🔥", None),
    ] {
        let found = SHIPPED.suggest(name).map(|entry| entry.id.as_str());
        assert_eq!(found, expected, "{name}");
    }
}
