//! What holds for any name and any rows.

use std::collections::BTreeSet;

use proptest::{
    prelude::{Strategy, any, prop_oneof, proptest},
    sample::select,
};
use tickmate_core::domain::skill::{Skill, SkillEntry, Vocabulary};

use crate::{SHIPPED, row};

/// Any text, and texts near to names that are known.
fn name() -> impl Strategy<Value = String> {
    let names: Vec<String> = SHIPPED
        .entries()
        .iter()
        .flat_map(|entry| entry.aliases.iter().chain([&entry.name]).cloned())
        .collect();
    let tail = select(
        &[
            "",
            " 3.11",
            " v2",
            "17",
            "+",
            ".x",
            " development",
            "js",
            " issues 4",
            "#",
            "\0",
        ][..],
    );
    prop_oneof![
        any::<String>(),
        "[ .+#*&v0-9a-zßµĳＡ\u{301}-]{0,20}",
        (select(names), tail).prop_map(|(name, tail)| format!("{name}{tail}")),
    ]
}

/// Rows over few ids and names, so that they often meet; some can't be used.
fn rows() -> impl Strategy<Value = Vec<SkillEntry>> {
    let id = || select(&["a", "b", "c", "sql", "git", "postgresql"][..]);
    let name = || {
        select(
            &[
                "A", "B1", "b-1", "C", "SQL", "Git", "Postgres", "pg", "D", "E",
            ][..],
        )
    };
    let fields = (
        id(),
        name(),
        proptest::collection::vec(name(), 0..3),
        proptest::collection::vec(id(), 0..3),
    );
    let one = fields.prop_map(|(id, name, aliases, parents)| {
        row(id, name, &aliases.join(", "), &parents.join(", "))
    });
    proptest::collection::vec(one, 0..4)
}

fn base() -> Vocabulary {
    Vocabulary::new(vec![
        row("database", "Databases", "D", ""),
        row("sql", "SQL", "E", "database"),
        row("postgresql", "PostgreSQL", "Postgres, pg", "sql"),
        row("git", "Git", "", ""),
    ])
    .unwrap()
}

/// What every vocabulary keeps.
fn is_sound(vocabulary: &Vocabulary) {
    let ids: BTreeSet<&str> = vocabulary.entries().iter().map(|e| e.id.as_str()).collect();
    assert_eq!(ids.len(), vocabulary.entries().len());
    for entry in vocabulary.entries() {
        assert_eq!(vocabulary.entry(&entry.id), Some(entry));
        let ancestors = vocabulary.ancestors(&entry.id);
        assert!(ancestors.is_sorted() && !ancestors.contains(&entry.id));
        assert!(
            entry
                .parents
                .iter()
                .all(|parent| ancestors.contains(parent))
        );
        for above in ancestors {
            assert!(ids.contains(above.as_str()));
            let higher = vocabulary.ancestors(above);
            assert!(
                higher.iter().all(|id| ancestors.contains(id)),
                "{} {above}",
                entry.id
            );
            let leads_there =
                |parent: &String| parent == above || vocabulary.ancestors(parent).contains(above);
            assert!(
                entry.parents.iter().any(leads_there),
                "{} {above}",
                entry.id
            );
        }
        for alias in &entry.aliases {
            assert_eq!(vocabulary.resolve(alias), Skill::known(entry));
        }
        let shown = vocabulary.resolve(&entry.name);
        assert_eq!(vocabulary.resolve(&shown.name), shown);
    }
}

#[test]
fn the_shipped_vocabulary_is_sound() {
    is_sound(&SHIPPED);
}

proptest! {
    #[test]
    fn any_name_is_resolved_once_and_for_all(name in name()) {
        let skill = SHIPPED.resolve(&name);
        assert_eq!(SHIPPED.resolve(&skill.name), skill);
        assert_eq!(SHIPPED.reapply_vocabulary(&skill), skill);
        assert_eq!(skill.is_unknown(), SHIPPED.entry(&skill.id).is_none());
        assert!(skill.name.chars().count() <= 60 && skill.level.is_none());
        if let Some(entry) = SHIPPED.suggest(&name) {
            assert!(skill.is_unknown() && SHIPPED.entry(&entry.id) == Some(entry));
        }
    }

    #[test]
    fn what_is_left_out_is_had_anyway(names in proptest::collection::vec(name(), 0..8)) {
        let all = SHIPPED.resolve_all(names.iter().map(String::as_str));
        let needed = SHIPPED.reduce(&all);
        assert_eq!(SHIPPED.reduce(&needed), needed);
        for skill in &all {
            let implied = |other: &Skill| SHIPPED.ancestors(&other.id).contains(&skill.id);
            assert!(Skill::has(&needed, &skill.id) != needed.iter().any(implied));
        }
    }

    #[test]
    fn rows_are_refused_or_make_a_sound_vocabulary(first in rows(), second in rows()) {
        let base = base();
        match base.extended(first.clone()) {
            Ok(own) => {
                is_sound(&own);
                for row in &first {
                    assert_eq!(own.entry(&row.id), Some(row));
                    assert_eq!(own.resolve(&row.name).id, row.id);
                }
                if let Ok(again) = own.extended(second) {
                    is_sound(&again);
                }
            }
            Err(error) => {
                assert_eq!(first[error.row].id, error.id);
                assert!(error.path().starts_with(&format!("skills[{}]", error.row)));
            }
        }
    }
}
