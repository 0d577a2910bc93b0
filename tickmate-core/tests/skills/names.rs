//! Names that people use, by the skill that they mean: each finds its own, and so no two skills are mixed up.

use std::collections::HashMap;

use crate::SHIPPED;

/// Id and names, a skill a line.
const NAMES: &str = include_str!("names.txt");
/// Id of a more general skill and the ids of those that include it, a skill a line.
const MORE_GENERAL: &str = include_str!("more_general.txt");

fn lines(text: &'static str) -> impl Iterator<Item = (&'static str, &'static str)> {
    text.lines().map(|line| line.split_once(": ").unwrap())
}

#[test]
fn every_name_finds_its_skill() {
    let mut meanings: HashMap<&str, &str> = HashMap::new();
    for (id, names) in lines(NAMES) {
        for name in names.split(", ") {
            assert_eq!(SHIPPED.resolve(name).id, id, "{name}");
            assert_eq!(SHIPPED.resolve(&name.to_uppercase()).id, id, "{name}");
            assert_eq!(meanings.insert(name, id), None, "{name} is listed twice");
        }
    }
    assert!(meanings.len() > 450, "{}", meanings.len());
}

#[test]
fn whoever_has_a_skill_has_the_more_general_ones() {
    let mut pairs = 0;
    for (general, skills) in lines(MORE_GENERAL) {
        for skill in skills.split(' ') {
            let ancestors = SHIPPED.ancestors(skill);
            assert!(
                ancestors.iter().any(|id| id == general),
                "{skill} -> {general}"
            );
            pairs += 1;
        }
    }
    assert!(pairs > 140, "{pairs}");
}
