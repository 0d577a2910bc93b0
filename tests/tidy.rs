//! House rules, as tests: which way dependencies point, how files begin, how long they are.

mod imports;

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

/// The most lines of a file.
const MAX_LINES: usize = 600;

/// What each package may depend on among ours, tests aside. A package that is not listed may depend on all.
const ARROWS: &[(&str, &[&str])] = &[
    ("tickmate-core", &[]),
    ("tickmate-store-sql", &["tickmate-core"]),
    ("tickmate-jobs", &["tickmate-core"]),
    ("tickmate-mail", &["tickmate-core"]),
    ("tickmate-ai-http", &["tickmate-core"]),
    ("tickmate-ai-gemini", &["tickmate-core", "tickmate-ai-http"]),
    ("tickmate-ai-openai", &["tickmate-core", "tickmate-ai-http"]),
    ("tickmate-http", &["tickmate-core"]),
    (
        "tickmate",
        &[
            "tickmate-core",
            "tickmate-store-sql",
            "tickmate-jobs",
            "tickmate-mail",
            "tickmate-ai-http",
            "tickmate-ai-gemini",
            "tickmate-ai-openai",
            "tickmate-http",
        ],
    ),
    (
        "tickmate-server",
        &[
            "tickmate",
            "tickmate-core",
            "tickmate-store-sql",
            "tickmate-jobs",
            "tickmate-mail",
            "tickmate-ai-http",
            "tickmate-ai-gemini",
            "tickmate-ai-openai",
            "tickmate-http",
        ],
    ),
    (
        "tickmate-custom-route",
        &["tickmate", "tickmate-core", "tickmate-http"],
    ),
    ("tickmate-custom-store", &["tickmate", "tickmate-core"]),
    (
        "tickmate-lab",
        &[
            "tickmate",
            "tickmate-server",
            "tickmate-core",
            "tickmate-store-sql",
            "tickmate-jobs",
            "tickmate-mail",
            "tickmate-ai-http",
            "tickmate-ai-gemini",
            "tickmate-ai-openai",
            "tickmate-http",
        ],
    ),
];

/// What the core never depends on: runtimes, drivers, servers.
const NOT_IN_CORE: &[&str] = &[
    "tokio", "axum", "hyper", "sqlx", "reqwest", "lettre", "mongodb", "rustls", "dotenvy", "clap",
];

/// Inside the core arrows point from the desk to the seams to the domain: who may not use what.
const CORE_LAYERS: &[(&str, &[&str])] = &[
    (
        "domain",
        &[
            "crate::backend",
            "crate::desk",
            "crate::memory",
            "crate::conformance",
        ],
    ),
    (
        "backend",
        &["crate::desk", "crate::memory", "crate::conformance"],
    ),
    ("desk", &["crate::memory", "crate::conformance"]),
    ("memory", &["crate::desk", "crate::conformance"]),
    ("conformance", &["crate::desk", "crate::memory"]),
];

/// The modules of the domain, lowest first: each uses only modules that stand before it.
const DOMAIN_ORDER: &[&str] = &[
    "time",
    "digest",
    "words",
    "email",
    "text",
    "page",
    "priority",
    "status",
    "field",
    "desk_rules",
    "seat",
    "fairness",
    "field_versions",
    "id",
    "ticket_ref",
    "limit",
    "hours",
    "shift",
    "skill",
    "presence",
    "options",
    "reply",
    "session",
    "analysis",
    "models",
    "decision",
    "mail_kind",
    "token",
    "user",
    "delivery",
    "mail",
    "letter",
    "job_class",
    "retry",
    "lead",
    "job",
    "lexical",
    "learn",
    "ticket",
    "unattended",
    "changed_fields",
    "event",
    "suppression",
    "query",
    "facts",
    "access",
    "lifecycle",
    "consequences",
    "routing",
    "triage",
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every file of the project with this ending, as git knows them or would.
fn files(ending: &str) -> Vec<PathBuf> {
    let listed = Command::new("git")
        .args(["ls-files", "--cached", "--others", "--exclude-standard"])
        .current_dir(root())
        .output()
        .expect("git lists the files");
    assert!(listed.status.success(), "git ls-files failed");
    let names = String::from_utf8(listed.stdout).expect("names are UTF-8");
    let files: Vec<PathBuf> = names
        .lines()
        .filter(|name| name.ends_with(ending))
        .map(|name| root().join(name))
        .filter(|path| path.exists())
        .collect();
    assert!(!files.is_empty(), "no {ending} files found");
    files
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

#[test]
fn every_file_says_what_lives_in_it_and_is_short() {
    let mut wrong = Vec::new();
    for path in files(".rs") {
        let text = read(&path);
        if !text.starts_with("//! ") {
            wrong.push(format!("{} does not open with `//!`", path.display()));
        }
        let lines = text.lines().count();
        if lines > MAX_LINES {
            wrong.push(format!("{} has {lines} lines", path.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The packages that a package depends on, tests aside.
fn dependencies(package: &str, depth: Option<&str>) -> BTreeSet<String> {
    let mut tree = Command::new(env!("CARGO"));
    tree.args([
        "tree",
        "--locked",
        "--edges",
        "normal",
        "--prefix",
        "none",
        "--format",
        "{p}",
        "--all-features",
    ]);
    tree.args(["--package", package]).current_dir(root());
    if let Some(depth) = depth {
        tree.args(["--depth", depth]);
    }
    let output = tree.output().expect("cargo tree runs");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let text = String::from_utf8(output.stdout).expect("names are UTF-8");
    let names = text.lines().filter_map(|line| line.split(' ').next());
    names
        .filter(|name| *name != package)
        .map(str::to_owned)
        .collect()
}

#[test]
fn dependencies_point_one_way() {
    for (package, allowed) in ARROWS {
        let ours: Vec<String> = dependencies(package, None)
            .into_iter()
            .filter(|name| name == "tickmate" || name.starts_with("tickmate-"))
            .filter(|name| !allowed.contains(&name.as_str()))
            .collect();
        assert!(ours.is_empty(), "{package} must not depend on {ours:?}");
    }
}

#[test]
fn the_core_knows_no_runtime_and_no_driver() {
    let all = dependencies("tickmate-core", None);
    let wrong: Vec<_> = NOT_IN_CORE
        .iter()
        .filter(|name| all.contains(**name))
        .collect();
    assert!(
        wrong.is_empty(),
        "tickmate-core must not depend on {wrong:?}"
    );
}

#[test]
fn layers_of_the_core_use_only_what_lies_below() {
    let source = root().join("tickmate-core/src");
    let mut wrong = Vec::new();
    // Tests stand above all layers.
    let product = |path: &&PathBuf| path.starts_with(&source) && !path.ends_with("tests.rs");
    for path in files(".rs").iter().filter(product) {
        let text = read(path);
        let text = text.split("\nmod tests {").next().unwrap_or_default();
        let Some((_, forbidden)) = CORE_LAYERS
            .iter()
            .find(|(layer, _)| path.starts_with(source.join(layer)))
        else {
            continue;
        };
        // Within `use crate::{ … }` the layers stand without the `crate::`.
        let joined = text.replace(['\n', ' '], "");
        for module in *forbidden {
            let name = module.trim_start_matches("crate::");
            let grouped = joined.split("usecrate::{").skip(1).any(|rest| {
                let group = rest.split("};").next().unwrap_or_default();
                group.starts_with(&format!("{name}::"))
                    || group.contains(&format!(",{name}::"))
                    || group.contains(&format!(",{name},"))
            });
            if text.contains(&format!("{module}::")) || grouped {
                wrong.push(format!("{} uses {module}", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The modules above `module` in [`DOMAIN_ORDER`] that one of its source files uses.
fn upward_uses(text: &str, module: &[&str]) -> Vec<String> {
    let place = |name: &str| DOMAIN_ORDER.iter().position(|one| *one == name);
    let own = place(module[0]);
    let path: Vec<&str> = ["domain"].iter().chain(module).copied().collect();
    let used = imports::used_children(text, &path, &["domain"]);
    let is_above = |name: &String| name == "*" || place(name) > own;
    used.into_iter().filter(is_above).collect()
}

#[test]
fn modules_of_the_domain_use_only_what_stands_before_them() {
    let domain = root().join("tickmate-core/src/domain");
    let declared: BTreeSet<String> = read(&domain.join("mod.rs"))
        .lines()
        .filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';'))
        .map(str::to_owned)
        .collect();
    let ordered: BTreeSet<String> = DOMAIN_ORDER.iter().map(|&name| name.to_owned()).collect();
    assert_eq!(
        declared, ordered,
        "DOMAIN_ORDER must list the modules of domain/mod.rs"
    );
    let mut wrong = Vec::new();
    for path in files(".rs") {
        let Ok(name) = path.strip_prefix(&domain) else {
            continue;
        };
        let name = name.with_extension("");
        let mut module: Vec<&str> = name.iter().filter_map(|part| part.to_str()).collect();
        // Tests stand above all modules.
        if name == Path::new("mod") || module.contains(&"tests") {
            continue;
        }
        if module.last() == Some(&"mod") {
            module.pop();
        }
        for above in upward_uses(&read(&path), &module) {
            wrong.push(format!("{} uses {above}", path.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn an_upward_use_is_found_however_it_is_written() {
    let found = |text: &str, module: &[&str]| upward_uses(text, module);
    for text in [
        "use super::ticket::Ticket;",
        "use super::ticket;",
        "pub use super::{id::UserId, ticket::{self, Ticket}};",
        "use crate::domain::{id::UserId, ticket::Ticket as Other};",
        "use crate::{backend::store::Store, domain::{time::Timestamp, ticket::*}};",
        "fn f(ticket: &crate::domain::ticket::Ticket) {}",
        "fn f() { call(vec![super::ticket::backlog_lane(&[])]); }",
        "mod inner { use super::super::ticket::Ticket; }",
        "#[cfg(unix)] mod inner { use super::super::ticket::Ticket; }",
    ] {
        assert_eq!(found(text, &["session"]), ["ticket"], "{text}");
    }
    assert_eq!(
        found("use super::super::ticket::Ticket;", &["skill", "key"]),
        ["ticket"]
    );
    for text in [
        "use super::*;",
        "use crate::domain::*;",
        "use crate::{backend, domain as rules};",
        "use super::{self as domain, id::UserId};",
    ] {
        assert_eq!(found(text, &["session"]), ["*"], "{text}");
    }
    for text in [
        "use super::{id::UserId, time::Timestamp};",
        "use self::ticket::Ticket;",
        "use super::key;",
        "use serde::ticket;",
        "// use crate::domain::ticket::Ticket;\nconst A: &str = \"crate::domain::ticket\";",
        "#[cfg(test)] mod tests { use crate::domain::ticket::Ticket; }",
    ] {
        assert_eq!(found(text, &["skill", "key"]), [""; 0], "{text}");
    }
}

#[test]
fn only_programs_read_clock_and_environment() {
    // The lint `clippy::disallowed_methods` does the work; this keeps its list.
    let rules = read(&root().join("clippy.toml"));
    for method in [
        "SystemTime::now",
        "Instant::now",
        "Utc::now",
        "std::env::var",
    ] {
        assert!(
            rules.contains(method),
            "clippy.toml no longer forbids {method}"
        );
    }
    for path in files(".rs") {
        let library = path
            .components()
            .any(|part| part.as_os_str().to_string_lossy().starts_with("tickmate-"));
        let in_src = path.components().any(|part| part.as_os_str() == "src");
        if library && in_src {
            let text = read(&path);
            assert!(
                !text.contains("clippy::disallowed_methods"),
                "{} lets itself off the rule",
                path.display()
            );
        }
    }
}

#[test]
fn the_first_screen_of_the_readme_holds_two_commands() {
    let readme = read(&root().join("README.md"));
    let blocks: Vec<&str> = readme
        .split("```sh\n")
        .skip(1)
        .filter_map(|rest| rest.split("```").next())
        .take(2)
        .collect();
    assert_eq!(blocks.len(), 2, "README.md needs two `sh` blocks");
    for block in &blocks {
        assert_eq!(
            block.trim().lines().count(),
            1,
            "one command a block: {block}"
        );
    }
    let second = readme.find(blocks[1]).expect("it was found before");
    assert!(
        readme[..second].lines().count() < 45,
        "the commands belong on the first screen"
    );
}

#[test]
fn the_project_speaks_of_itself_alone() {
    let forbidden = [
        concat!("/wo", "rk/"),
        concat!("/ro", "ot/"),
        concat!("bash_", "jobs"),
    ];
    for ending in [".rs", ".md", ".toml", ".sql", ".json", ".html", ".txt"] {
        for path in files(ending) {
            let text = read(&path);
            for word in forbidden {
                assert!(!text.contains(word), "{} holds {word}", path.display());
            }
        }
    }
}
