//! Rows that owners bring: which are refused, naming the place, and what becomes of names that were taken.

use tickmate_core::domain::skill::{Level, MAX_ANCESTORS, MAX_ROWS, Skill, SkillEntry, Vocabulary};

use crate::{SHIPPED, row};

fn vocabulary() -> Vocabulary {
    Vocabulary::new(vec![
        row("database", "Databases", "DB", ""),
        row("sql", "SQL", "", "database"),
        row("postgresql", "PostgreSQL", "Postgres, pg", "sql"),
        row("git", "Git", "GitHub", ""),
    ])
    .unwrap()
}

#[test]
fn what_can_not_be_used_is_named() {
    let long = "a".repeat(61);
    let many = |count: usize| {
        (0..count)
            .map(|n| format!("a{n}"))
            .collect::<Vec<_>>()
            .join(", ")
    };
    for (rows, path, message) in [
        (
            vec![row("", "A", "", "")],
            "skills[0].id",
            "must be 1 to 60",
        ),
        (
            vec![row("A", "A", "", "")],
            "skills[0].id",
            "must be 1 to 60",
        ),
        (
            vec![row("x:a", "A", "", "")],
            "skills[0].id",
            "must be 1 to 60",
        ),
        (
            vec![row("-", "A", "", "")],
            "skills[0].id",
            "must be 1 to 60",
        ),
        (
            vec![row(&long, "A", "", "")],
            "skills[0].id",
            "must be 1 to 60",
        ),
        (
            vec![row("a", " ", "", "")],
            "skills[0].name",
            "1 to 60 characters",
        ),
        (
            vec![row("a", &long, "", "")],
            "skills[0].name",
            "1 to 60 characters",
        ),
        (
            vec![row("a", "%", "", "")],
            "skills[0].name",
            "a letter or a digit",
        ),
        (vec![row("a", "A\nB", "", "")], "skills[0].name", "one line"),
        (
            vec![row("a", "A", "b, \0c", "")],
            "skills[0].aliases[1]",
            "one line",
        ),
        (
            vec![row("a", "A", &many(51), "")],
            "skills[0].aliases",
            "at most 50",
        ),
        (
            vec![row("a", "A", "", &many(21))],
            "skills[0].parents",
            "at most 20",
        ),
        (
            vec![row("a", "A", "", "zz")],
            "skills[0].parents[0]",
            "is the id of no skill",
        ),
        (vec![row("a", "A", "", "a")], "skills[0].parents", "cycle"),
        (
            vec![row("a", "A", "", ""), row("a", "B", "", "")],
            "skills[1].id",
            "id of skills[0]",
        ),
        (
            vec![row("a", "A", "", ""), row("b", "a", "", "")],
            "skills[1].name",
            "skills[0] (a)",
        ),
        (
            vec![row("a", "A", "Wi-Fi", ""), row("b", "B", "c, WIFI", "")],
            "skills[1].aliases[1]",
            "is a name of skills[0] (a) too",
        ),
        (
            vec![
                row("sql", "SQL", "", ""),
                row("a", "A", "", "b"),
                row("b", "B", "", "a, sql"),
            ],
            "skills[1].parents",
            "cycle",
        ),
    ] {
        let from_nothing = Vocabulary::new(rows.clone()).unwrap_err();
        let on_top = vocabulary().extended(rows.clone()).unwrap_err();
        for error in [from_nothing, on_top] {
            assert_eq!(error.path(), path, "{error}");
            assert!(error.message.contains(message), "{error}");
            assert_eq!(error.id, rows[error.row].id);
            assert_eq!(error.to_string(), format!("{path}: {}", error.message));
        }
    }
}

#[test]
fn an_owner_can_not_close_a_circle_with_shipped_rows() {
    let rows = vec![
        row("a", "A", "", ""),
        row("database", "Databases", "", "postgresql"),
    ];
    let error = vocabulary().extended(rows).unwrap_err();
    assert_eq!(
        (error.row, error.id.as_str(), error.field.as_str()),
        (1, "database", "parents")
    );
}

#[test]
fn there_are_bounds_to_rows_and_generations() {
    let rows = |count: usize| -> Vec<SkillEntry> {
        (0..count)
            .map(|n| row(&format!("id-{n}"), &format!("Name {n}"), "", ""))
            .collect()
    };
    let full = Vocabulary::new(rows(MAX_ROWS)).unwrap();
    assert_eq!(
        Vocabulary::new(rows(MAX_ROWS + 1)).unwrap_err().path(),
        "skills[5000]"
    );
    let one_more = full.extended(vec![row("id-7", "Seven", "", ""), row("a", "A", "", "")]);
    assert_eq!(one_more.unwrap_err().path(), "skills[1]");
    let mut chain = rows(MAX_ANCESTORS + 2);
    for (n, row) in chain.iter_mut().enumerate().skip(1) {
        row.parents = vec![format!("id-{}", n - 1)];
    }
    let error = Vocabulary::new(chain.clone()).unwrap_err();
    assert_eq!(
        error.path(),
        format!("skills[{}].parents", MAX_ANCESTORS + 1)
    );
    chain.pop();
    let long = Vocabulary::new(chain).unwrap();
    assert_eq!(
        long.ancestors(&format!("id-{MAX_ANCESTORS}")).len(),
        MAX_ANCESTORS
    );
}

#[test]
fn a_row_of_a_shipped_id_replaces_the_entry() {
    let own = vocabulary()
        .extended(vec![
            row("git", "Git", "", ""),
            row("github", "GitHub", "GH", "git"),
        ])
        .unwrap();
    assert_eq!(own.resolve("GitHub").id, "github");
    assert_eq!(own.resolve("git").id, "git");
    assert_eq!(own.ancestors("github"), ["git"]);
    assert_eq!(own.entries().len(), 5);
    assert_eq!(own.entries()[3], row("git", "Git", "", ""));
}

#[test]
fn a_claimed_name_goes_to_the_owners_row() {
    let own = vocabulary()
        .extended(vec![row("photo", "Photo database", "DB, Postgres", "")])
        .unwrap();
    assert_eq!(own.resolve("DB").id, "photo");
    assert_eq!(own.resolve("postgres").id, "photo");
    assert_eq!(own.resolve("pg").id, "postgresql");
    assert_eq!(own.entry("postgresql").unwrap().aliases, ["pg"]);
    assert!(own.entry("database").unwrap().aliases.is_empty());
}

#[test]
fn who_loses_the_shown_name_is_shown_by_another() {
    let own = vocabulary()
        .extended(vec![
            row("pg-team", "PostgreSQL", "database", ""),
            row("dbs", "Databases", "", ""),
        ])
        .unwrap();
    // The id of `database` is taken, and so is its name; it has an alias left.
    assert_eq!(own.entry("database").unwrap().name, "DB");
    // So is `postgresql`, by name and id, which are one name.
    assert_eq!(own.resolve("PostgreSQL").id, "pg-team");
    assert_eq!(
        own.resolve("Postgres"),
        Skill::new("postgresql", "Postgres")
    );
    let own = own.extended(vec![row("hub", "Git", "GitHub", "")]).unwrap();
    assert_eq!(own.resolve("git").id, "hub");
    assert_eq!(own.entry("git").unwrap().name, "Git");
    let by_id = vocabulary()
        .extended(vec![row("q", "Databases", "DB", "")])
        .unwrap();
    assert_eq!(
        by_id.resolve("database"),
        Skill::new("database", "database")
    );
}

#[test]
fn names_are_trimmed_and_unknown_fields_are_refused() {
    let own = Vocabulary::new(vec![row("a", "  Alpha ", " b ", "")]).unwrap();
    assert_eq!(own.entries(), [row("a", "Alpha", "b", "")]);
    let read = serde_json::from_str::<SkillEntry>;
    assert_eq!(
        read(r#"{"id":"a","name":"Alpha"}"#).unwrap(),
        row("a", "Alpha", "", "")
    );
    assert!(read(r#"{"id":"a","name":"Alpha","parent":"b"}"#).is_err());
}

#[test]
fn skills_follow_a_changed_dictionary() {
    let level = Some(Level::Expert);
    for (stored, expected) in [
        (
            Skill::new("sql", "Structured Query Language"),
            Skill::new("sql", "SQL"),
        ),
        (
            Skill::new("mariadb", "MariaDB"),
            Skill::new("mysql", "MySQL"),
        ),
        (
            Skill::new("x:k8s", "K8s"),
            Skill::new("kubernetes", "Kubernetes"),
        ),
        (Skill::new("x:zorb", "Zorb"), Skill::new("x:zorb", "Zorb")),
        (Skill::new("gone", "Zorb"), Skill::new("x:zorb", "Zorb")),
    ] {
        assert_eq!(SHIPPED.reapply_vocabulary(&stored), expected);
        assert_eq!(
            SHIPPED.reapply_vocabulary(&stored.at(level)),
            expected.at(level)
        );
    }
}
