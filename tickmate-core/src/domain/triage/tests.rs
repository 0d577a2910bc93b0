//! Tests of the shipped vocabulary and lexicon: their results for tickets, and their form.

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, LazyLock},
};

use super::{Embedded, TriageRules};
use crate::domain::{
    analysis::{Analysis, MAX_STEPS, MAX_SUMMARY},
    learn::{Analyzer, Dictionary, Model},
    lexical::{Lexicon, LexiconData, PriorityTerms, token::Tokens, weigh},
    priority::Priority,
    skill::{Level, Skill, SkillEntry, Vocabulary, key},
};

struct Reader {
    analyzer: Analyzer,
}

static READER: LazyLock<Reader> = LazyLock::new(Reader::new);

impl Reader {
    /// Creates a reader without a trained model.
    fn new() -> Self {
        let dictionary = Dictionary::shipped();
        let options = TriageRules::default().options(dictionary.lexicon());
        Self {
            analyzer: Analyzer::new(Arc::new(dictionary), &options, Model::default()),
        }
    }

    fn lexicon(&self) -> &Lexicon {
        self.analyzer.dictionary().lexicon()
    }

    fn read(&self, staff: &[&str], title: &str, description: &str) -> Analysis {
        let vocabulary = self.analyzer.dictionary().vocabulary();
        let staff = vocabulary.resolve_all(staff.iter().copied());
        self.read_for(&staff, title, description)
    }

    fn read_for(&self, staff_skills: &[Skill], title: &str, description: &str) -> Analysis {
        let embedded = Embedded {
            analyzer: &self.analyzer,
            staff_skills,
        };
        embedded.read(title, description, &[])
    }

    fn skills(&self, staff: &[&str], title: &str, description: &str) -> Vec<String> {
        let analysis = self.read(staff, title, description);
        analysis.skills.into_iter().map(|skill| skill.id).collect()
    }

    /// Returns the priority that the words alone indicate.
    fn priority(&self, title: &str, description: &str) -> Priority {
        let parts = [Tokens::of(title), Tokens::of(description)];
        weigh::priority(self.lexicon(), &parts).finding.value
    }
}

#[test]
fn the_shipped_vocabulary_is_well_formed() {
    let text = include_str!("../../../data/skills.json");
    let entries: Vec<SkillEntry> = serde_json::from_str(text).unwrap();
    assert!((400..=700).contains(&entries.len()), "{}", entries.len());
    let mut owners: HashMap<String, &str> = HashMap::new();
    let mut ids = HashSet::new();
    for entry in &entries {
        assert!(ids.insert(&entry.id), "{} twice", entry.id);
        let well_formed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        assert!(entry.id.chars().all(well_formed), "{}", entry.id);
        for name in [&entry.id, &entry.name].into_iter().chain(&entry.aliases) {
            let owner = owners.entry(key(name)).or_insert(&entry.id);
            assert_eq!(*owner, entry.id, "{name} is claimed twice");
            assert!(
                !key(name).is_empty() && name.chars().count() <= 60,
                "{name}"
            );
        }
    }
    let vocabulary = Vocabulary::shipped();
    assert_eq!(vocabulary.entries(), entries);
    for entry in &entries {
        for name in [&entry.id, &entry.name].into_iter().chain(&entry.aliases) {
            assert_eq!(vocabulary.resolve(name).id, entry.id, "{name}");
        }
    }
    for name in [
        "Network",
        "Hardware",
        "Billing",
        "Accounts",
        "Databases",
        "Web",
    ] {
        assert_eq!(vocabulary.resolve(name).name, name);
    }
}

#[test]
fn the_shipped_lexicon_is_well_formed() {
    let text = include_str!("../../../data/lexicon.json");
    let data: LexiconData = serde_json::from_str(text).unwrap();
    assert_eq!(data, LexiconData::shipped());
    let vocabulary = Vocabulary::shipped();
    let ids: HashSet<&str> = vocabulary.entries().iter().map(|e| e.id.as_str()).collect();
    for category in &data.categories {
        for id in category.skills.iter().chain(&category.skill) {
            assert!(ids.contains(id.as_str()), "{}: {id}", category.name);
        }
        assert!((1..=MAX_STEPS).contains(&category.first_steps.len()));
        assert!(
            category
                .first_steps
                .iter()
                .all(|step| step.chars().count() <= MAX_SUMMARY)
        );
        assert!(!category.description.is_empty() && !category.hint.is_empty());
    }
    for names in &data.ambiguous {
        for name in &names.names {
            assert!(vocabulary.find_key(&key(name)).is_some(), "{name}");
        }
        for id in &names.near_skills {
            assert!(ids.contains(id.as_str()), "{id}");
        }
    }
    let names: Vec<String> = data.categories.iter().map(|c| c.name.clone()).collect();
    assert_eq!(
        names,
        [
            "network", "hardware", "software", "access", "billing", "database", "web", "email",
            "security", "orders", "hr", "general"
        ]
    );
    assert_eq!(Lexicon::new(data).unwrap().categories().len(), 12);
}

#[test]
fn every_shipped_term_is_found() {
    let data = LexiconData::shipped();
    let lexicon = READER.lexicon();
    let mut buffer = String::new();
    let mut check = |term: &str, lookup: &dyn Fn(&Tokens<'_>, &mut String) -> Option<usize>| {
        let tokens = Tokens::of(term.trim_end_matches('*'));
        let words = lookup(&tokens, &mut buffer);
        assert_eq!(words, Some(tokens.len()), "{term}");
    };
    for term in data.categories.iter().flat_map(|one| one.terms.keys()) {
        check(term, &|tokens, buffer| {
            let hit = lexicon.category_terms.longest(tokens, 0, buffer);
            hit.map(|(words, _)| words)
        });
    }
    let PriorityTerms {
        urgent,
        high,
        low,
        deadlines,
        people,
    } = &data.priorities;
    for term in [urgent, high, low, deadlines]
        .into_iter()
        .flat_map(|terms| terms.keys())
    {
        check(term, &|tokens, buffer| {
            let hit = lexicon.priority_terms.longest(tokens, 0, buffer);
            hit.map(|(words, _)| words)
        });
    }
    for term in data.sentiments.values().flat_map(|terms| terms.keys()) {
        check(term, &|tokens, buffer| {
            let hit = lexicon.sentiment_terms.longest(tokens, 0, buffer);
            hit.map(|(words, _)| words)
        });
    }
    for term in data.complexities.values().flat_map(|terms| terms.keys()) {
        check(term, &|tokens, buffer| {
            let hit = lexicon.complexity_terms.longest(tokens, 0, buffer);
            hit.map(|(words, _)| words)
        });
    }
    assert!(people.iter().all(|word| Tokens::of(word).len() == 1));
}

#[test]
fn skills_are_found_by_every_name() {
    let reader = &READER;
    for (title, description, expected) in [
        (
            "React app crashes",
            "It uses TypeScript and Postgres.",
            &["react", "typescript", "postgresql"][..],
        ),
        ("JavaScript error", "", &["javascript"]),
        ("java script error", "", &["javascript"]),
        ("Java error", "", &["java"]),
        ("Segfault in C++ code", "", &["cpp"]),
        ("Segfault in C code", "", &["c"]),
        ("C# build fails", "", &["csharp"]),
        (".NET service stops", "", &["dotnet"]),
        ("ASP.NET page", "", &["dotnet"]),
        ("node.js memory leak", "", &["nodejs", "performance"]),
        ("nodejs", "", &["nodejs"]),
        ("Listing windows on OS X", "", &["windows", "macos"]),
        ("Spring 3.0 and SOAP", "", &["spring", "soap"]),
        ("Golang panic", "", &["go"]),
        ("Go compiler panic", "", &["go"]),
        ("Service written in Go and Python", "", &["go", "python"]),
        ("Plot from R script", "", &["r"]),
        ("Kubernetes pod on AWS", "EC2 nodes", &["aws", "kubernetes"]),
        ("SAP GUI", "", &["sap"]),
        ("SQL Server is slow", "", &["sql-server"]),
        ("Word document can not be opened", "", &["word"]),
        (
            "Macro",
            "It happens in my Excel file since the update of Outlook.",
            &["excel", "outlook"],
        ),
        ("Drucker druckt nicht", "", &["printers"]),
        ("MS-Teams: kein Ton", "", &["teams"]),
    ] {
        assert_eq!(reader.skills(&[], title, description), expected, "{title}");
    }
}

#[test]
fn everyday_words_are_not_skills() {
    let reader = &READER;
    for title in [
        "I want to go to the meeting",
        "Please go ahead",
        "Ready to go live with the app",
        "Drive C is full, error on C: drive",
        "Plan C",
        "USB-C cable for the code reader",
        "R&D programming budget",
        "In spring we will see",
        "In other words, it is our teams who exchange the item",
        "In spring 2026, or next spring",
        "Swift help please",
        "I have no access",
        "The rust on the shelf",
    ] {
        let skills = reader.skills(&[], title, "");
        let unexpected = [
            "go",
            "c",
            "r",
            "spring",
            "swift",
            "rust",
            "teams",
            "word",
            "exchange",
            "ms-access",
        ];
        assert!(
            !skills.iter().any(|id| unexpected.contains(&id.as_str())),
            "{title}: {skills:?}"
        );
    }
}

#[test]
fn an_ordinary_sentence_finds_category_and_skill() {
    let reader = &READER;
    let team = [
        "Network",
        "Hardware",
        "Billing",
        "Accounts",
        "Databases",
        "Web",
        "E-mail",
        "Software",
    ];
    for (title, description, skill, category) in [
        (
            "Wi-Fi",
            "I can't connect to the office Wi-Fi since this morning",
            "network",
            "network",
        ),
        (
            "Wrong amount",
            "My invoice shows the wrong amount",
            "billing",
            "billing",
        ),
        (
            "Black screen",
            "The laptop screen stays black",
            "hardware",
            "hardware",
        ),
        (
            "Cannot log in",
            "I forgot my password and my account is locked.",
            "accounts",
            "access",
        ),
        (
            "Database slow",
            "Queries time out and we see deadlocks.",
            "database",
            "database",
        ),
        ("Website down", "Our homepage shows 502.", "web", "web"),
        (
            "VPN keeps disconnecting",
            "It drops every ten minutes.",
            "network",
            "network",
        ),
        (
            "Printer out of order",
            "Paper jam again on floor 3.",
            "hardware",
            "hardware",
        ),
        (
            "Outlook sends no mails",
            "They stay in the outbox.",
            "email",
            "email",
        ),
        (
            "Rechnung falsch",
            "Der Betrag auf der Rechnung stimmt nicht.",
            "billing",
            "billing",
        ),
        (
            "WLAN geht nicht",
            "Kein Internet im Büro seit heute morgen.",
            "network",
            "network",
        ),
        (
            "Passwort vergessen",
            "Ich kann mich nicht anmelden.",
            "accounts",
            "access",
        ),
        (
            "Bildschirm bleibt schwarz",
            "Mein Laptop startet nicht.",
            "hardware",
            "hardware",
        ),
    ] {
        let analysis = reader.read(&team, title, description);
        assert_eq!(analysis.category.as_deref(), Some(category), "{title}");
        let skills: Vec<&str> = analysis.skills.iter().map(|s| s.id.as_str()).collect();
        assert!(skills.contains(&skill), "{title}: {skills:?}");
    }
}

#[test]
fn a_general_skill_is_added_if_no_special_one_is_held() {
    let reader = &READER;
    let title = "PostgreSQL replication is broken";
    assert_eq!(
        reader.skills(&["Postgres", "Databases"], title, ""),
        ["postgresql"]
    );
    assert_eq!(
        reader.skills(&["Databases"], title, ""),
        ["postgresql", "database"]
    );
    assert_eq!(reader.skills(&["React"], title, ""), ["postgresql"]);
    assert_eq!(reader.skills(&[], title, ""), ["postgresql"]);
    assert_eq!(
        reader.skills(&["React"], "Internet connection drops", ""),
        ["network"]
    );
}

#[test]
fn skills_that_only_staff_has_are_found() {
    let reader = &READER;
    let skills = reader.skills(
        &["Flux Capacitor 3000", "QX"],
        "The flux-capacitor 3000 hums",
        "",
    );
    assert_eq!(skills, ["x:fluxcapacitor3000"]);
    let staff_skills = [Skill::new("team-7", "Zorbling").at(Some(Level::Expert))];
    let analysis = reader.read_for(&staff_skills, "zorbling broke", "");
    // The level of a holder is not a requirement of the ticket.
    assert_eq!(analysis.skills, [staff_skills[0].clone().at(None)]);
}

#[test]
fn priorities_need_evidence() {
    let reader = &READER;
    for (title, description, expected) in [
        (
            "Question",
            "The report has another color.",
            Priority::Medium,
        ),
        ("", "", Priority::Medium),
        (
            "Production is down",
            "All users are affected, nobody can work.",
            Priority::Urgent,
        ),
        (
            "Totalausfall",
            "Niemand kann arbeiten, alle Mitarbeiter warten.",
            Priority::Urgent,
        ),
        ("Outage", "", Priority::High),
        (
            "URGENT URGENT URGENT",
            "urgent urgent urgent asap immediately",
            Priority::High,
        ),
        ("Dringend: kann nicht arbeiten", "", Priority::High),
        ("I cannot work", "My laptop is broken.", Priority::High),
        (
            "Typo on the start page",
            "Not urgent, whenever you have time.",
            Priority::Low,
        ),
        ("Kleine Frage", "Das ist nicht dringend.", Priority::Low),
        (
            "It is not really critical",
            "No outage, no hurry.",
            Priority::Low,
        ),
        ("Not a minor issue", "", Priority::Medium),
        (
            "How do I export a report?",
            "Just wondering.",
            Priority::Low,
        ),
    ] {
        assert_eq!(reader.priority(title, description), expected, "{title}");
    }
}

#[test]
fn a_text_without_evidence_has_low_confidence() {
    let analysis = READER.read(&[], "Xyzzy", "Plugh.");
    assert_eq!(analysis.category.as_deref(), Some("general"));
    assert_eq!(analysis.priority, Some(Priority::Medium));
    assert_eq!(analysis.skills, []);
    assert_eq!(analysis.confidence["relatedSkills"], 0.0);
    assert!(analysis.confidence["category"] < 0.5);
}

#[test]
fn notes_name_the_words_that_decided() {
    let analysis = READER.read(
        &["Network"],
        "VPN is down",
        "Dear team,\nI cannot work, the VPN client times out.\nThank you very much for your help\nBest regards",
    );
    for part in ["VPN", "network", "high", "cannot work", "Network"] {
        assert!(analysis.notes.contains(part), "{part}: {}", analysis.notes);
    }
    assert_eq!(
        analysis.summary,
        "VPN is down – I cannot work, the VPN client times out"
    );
    assert!(!analysis.first_steps.is_empty());
}

#[test]
fn a_summary_is_one_plain_line() {
    let long =
        "The server room smells of smoke and the cooling of rack seven has stopped. ".repeat(9);
    let analysis = READER.read(&[], &"word ".repeat(30), &long);
    assert!(analysis.summary.chars().count() <= MAX_SUMMARY);
    assert!(analysis.summary.ends_with('…'));
    let html = READER.read(&[], "a", "first part<br><br>second part is here <b>x</b>");
    assert_eq!(html.summary, "a – second part is here");
}
