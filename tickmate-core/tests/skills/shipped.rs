//! The shipped rows: each in order, and what is more general than what.

use tickmate_core::domain::skill::{Level, Skill, SkillEntry, Vocabulary};

use crate::{SHIPPED, ids};

#[test]
fn the_shipped_rows_are_used_as_they_are() {
    let rows: Vec<SkillEntry> =
        serde_json::from_str(include_str!("../../data/skills.json")).unwrap();
    assert!(rows.len() > 400, "{}", rows.len());
    assert_eq!(SHIPPED.entries(), rows);
    assert_eq!(Vocabulary::new(rows).unwrap().entries(), SHIPPED.entries());
    for entry in SHIPPED.entries() {
        for name in [&entry.id, &entry.name].into_iter().chain(&entry.aliases) {
            assert_eq!(SHIPPED.resolve(name), Skill::known(entry), "{name}");
        }
        for parent in &entry.parents {
            let others = entry.parents.iter().filter(|other| *other != parent);
            for other in others {
                let above = SHIPPED.ancestors(other);
                assert!(
                    !above.contains(parent),
                    "{}: {parent} follows from {other}",
                    entry.id
                );
            }
        }
    }
}

#[test]
fn what_is_more_general_is_known() {
    assert_eq!(SHIPPED.ancestors("postgresql"), ["database", "sql"]);
    assert_eq!(SHIPPED.parents("postgresql"), ["sql"]);
    assert_eq!(
        SHIPPED.ancestors("nextjs"),
        ["frontend", "javascript", "programming", "react"]
    );
    assert_eq!(SHIPPED.ancestors("wifi"), ["network"]);
    assert_eq!(
        SHIPPED.ancestors("label-printers"),
        ["hardware", "printers"]
    );
    assert!(SHIPPED.ancestors("database").is_empty());
    assert!(SHIPPED.ancestors("x:zorb").is_empty() && SHIPPED.parents("").is_empty());
    assert_eq!(SHIPPED.entry("go").unwrap().name, "Go");
    assert!(SHIPPED.entry("golang").is_none());
}

#[test]
fn a_ticket_needs_only_what_does_not_follow() {
    let of = |names: &[&str]| SHIPPED.resolve_all(names.iter().copied());
    for (names, expected) in [
        (&[][..], &[][..]),
        (&["SQL"], &["sql"]),
        (&["SQL", "PostgreSQL", "Databases"], &["postgresql"]),
        (&["React", "JavaScript", "Printers"], &["react", "printers"]),
        (&["PostgreSQL", "MySQL"], &["postgresql", "mysql"]),
        (&["Zorb", "SQL"], &["x:zorb", "sql"]),
    ] {
        assert_eq!(ids(&SHIPPED.reduce(&of(names))), expected, "{names:?}");
    }
}

#[test]
fn the_highest_least_level_counts() {
    let skill = |name: &str, level| SHIPPED.resolve(name).at(level);
    let reduced = SHIPPED.reduce(&[
        skill("React", None),
        skill("SAP", Some(Level::Skilled)),
        skill("React", Some(Level::Expert)),
        skill("React", Some(Level::Novice)),
    ]);
    assert_eq!(
        reduced,
        [
            skill("React", Some(Level::Expert)),
            skill("SAP", Some(Level::Skilled))
        ]
    );
    // Whoever knows some PostgreSQL is no expert of SQL.
    let both = [
        skill("SQL", Some(Level::Expert)),
        skill("PostgreSQL", Some(Level::Skilled)),
    ];
    assert_eq!(SHIPPED.reduce(&both), both);
    let lower = [skill("SQL", Some(Level::Novice)), skill("PostgreSQL", None)];
    assert_eq!(ids(&SHIPPED.reduce(&lower)), ["postgresql"]);
}

#[test]
fn a_skill_is_read_as_it_was_stored() {
    let stored = r#"{"id":"sql","name":"SQL"}"#;
    let skill: Skill = serde_json::from_str(stored).unwrap();
    assert_eq!(skill, Skill::new("sql", "SQL"));
    assert_eq!(serde_json::to_string(&skill).unwrap(), stored);
    assert_eq!(
        (skill.held_level(), skill.least_level()),
        (Level::Skilled, Level::Novice)
    );
    let expert = skill.clone().at(Some(Level::Expert));
    assert_eq!(
        serde_json::to_string(&expert).unwrap(),
        r#"{"id":"sql","name":"SQL","level":3}"#
    );
    assert!(expert.same(&skill) && expert != skill);
    assert_eq!(
        (skill.label(), expert.label()),
        ("SQL".to_owned(), "SQL (level 3)".to_owned())
    );
    assert!(Skill::has(std::slice::from_ref(&expert), "sql") && !Skill::has(&[expert], "go"));
    for wrong in ["0", "4", "\"expert\"", "2.5"] {
        let stored = format!(r#"{{"id":"sql","name":"SQL","level":{wrong}}}"#);
        assert!(serde_json::from_str::<Skill>(&stored).is_err(), "{wrong}");
    }
}
