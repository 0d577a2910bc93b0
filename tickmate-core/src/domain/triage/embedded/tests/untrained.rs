//! Tests of the analysis before the first ticket is settled.

use super::{Reader, UNTRAINED, ids};
use crate::domain::{
    analysis::MAX_SUMMARY,
    options::{FieldOption, Options},
    priority::Priority,
    triage::TriageRules,
};

#[test]
fn an_ordinary_ticket_has_every_field() {
    let analysis = UNTRAINED.read(
        "VPN is down",
        "Dear team,\nI cannot work, the VPN client times out.\nThank you very much for your help\nBest regards",
    );
    assert_eq!(analysis.category.as_deref(), Some("network"));
    assert_eq!(analysis.priority, Some(Priority::High));
    assert_eq!(analysis.kind.as_deref(), Some("incident"));
    assert_eq!(ids(&analysis), ["vpn", "network"]);
    assert_eq!(
        analysis.summary,
        "VPN is down – I cannot work, the VPN client times out"
    );
    for part in ["VPN", "Network", "network", "high", "cannot work"] {
        assert!(analysis.notes.contains(part), "{part}: {}", analysis.notes);
    }
    assert!(!analysis.first_steps.is_empty() && !analysis.tags.is_empty());
    let fields: Vec<&str> = analysis.confidence.keys().map(String::as_str).collect();
    assert_eq!(
        fields,
        [
            "category",
            "complexity",
            "firstSteps",
            "helpfulNotes",
            "priority",
            "relatedSkills",
            "sentiment",
            "summary",
            "tags",
            "type",
        ]
    );
    assert!(
        analysis
            .confidence
            .values()
            .all(|confidence| *confidence > 0.0)
    );
}

#[test]
fn categories_are_found_in_several_languages() {
    for (title, description, category) in [
        (
            "Wi-Fi",
            "I can't connect to the office Wi-Fi since this morning",
            "network",
        ),
        (
            "Wrong amount",
            "My invoice shows the wrong amount",
            "billing",
        ),
        (
            "Cannot log in",
            "I forgot my password and my account is locked.",
            "access",
        ),
        (
            "Database slow",
            "Queries time out and we see deadlocks.",
            "database",
        ),
        (
            "Outlook sends no mails",
            "They stay in the outbox.",
            "email",
        ),
        (
            "WLAN geht nicht",
            "Kein Internet im Büro seit heute morgen.",
            "network",
        ),
        (
            "Bildschirm bleibt schwarz",
            "Mein Laptop startet nicht.",
            "hardware",
        ),
        (
            "Rechnung falsch",
            "Der Betrag auf der Rechnung stimmt nicht.",
            "billing",
        ),
        (
            "L'imprimante est en panne",
            "Elle affiche un bourrage papier.",
            "hardware",
        ),
        (
            "Factura incorrecta",
            "El importe de la factura no es correcto.",
            "billing",
        ),
        (
            "Non riesco ad accedere",
            "La mia password è scaduta.",
            "access",
        ),
        (
            "Netwerk valt weg",
            "De verbinding met het netwerk is weg.",
            "network",
        ),
        ("Encomenda não chegou", "A entrega está atrasada.", "orders"),
        ("Xyzzy", "Plugh.", "general"),
    ] {
        let analysis = UNTRAINED.read(title, description);
        assert_eq!(analysis.category.as_deref(), Some(category), "{title}");
        assert!(!analysis.first_steps.is_empty(), "{title}");
    }
}

#[test]
fn priorities_need_evidence_and_are_never_urgent() {
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
            Priority::High,
        ),
        (
            "Totalausfall",
            "Niemand kann arbeiten, alle Mitarbeiter warten.",
            Priority::High,
        ),
        (
            "Production est arrêtée",
            "Panne générale, tous les utilisateurs attendent.",
            Priority::High,
        ),
        ("I cannot work", "My laptop is broken.", Priority::High),
        ("Ik kan niet werken", "", Priority::High),
        (
            "Log-in fails",
            "About 40 of our colleagues cannot log in.",
            Priority::High,
        ),
        (
            "Anmeldung geht nicht",
            "Das betrifft 25 Mitarbeiter, sie können nicht arbeiten.",
            Priority::High,
        ),
        (
            "Licences",
            "We would like to have licences for 20 users.",
            Priority::Medium,
        ),
        ("Room for 3 people", "It is broken.", Priority::Medium),
        ("Report", "It is due tomorrow.", Priority::High),
        ("Bericht", "Er ist morgen fällig.", Priority::High),
        (
            "Typo on the start page",
            "Not urgent, whenever you have time.",
            Priority::Low,
        ),
        ("Kleine Frage", "Das ist nicht dringend.", Priority::Low),
        ("Petite question", "Ce n'est pas urgent.", Priority::Low),
        ("Una pregunta", "No es urgente.", Priority::Low),
        (
            "It is not really critical",
            "No outage, no hurry.",
            Priority::Low,
        ),
    ] {
        let analysis = UNTRAINED.read(title, description);
        assert_eq!(
            analysis.priority,
            Some(expected),
            "{title}: {}",
            analysis.notes
        );
    }
}

#[test]
fn everyday_words_are_not_skills() {
    for title in [
        "Please go ahead",
        "Drive C is full",
        "In spring we will see",
    ] {
        let analysis = UNTRAINED.read(title, "");
        for id in ["go", "c", "spring"] {
            assert!(!ids(&analysis).contains(&id), "{title}");
        }
    }
}

#[test]
fn a_desk_can_define_its_categories() {
    let choice = |name: &str, description: &str| FieldOption {
        name: name.to_owned(),
        description: description.to_owned(),
    };
    let rules = TriageRules {
        categories: vec![
            choice("Boats", "hulls, sails, anchors, leaks"),
            choice("Harbour", "berths, moorings, harbour fees"),
            choice("Network", "Wi-Fi on the pier, internet"),
        ],
        types: vec![
            choice("Repair", "leaks, is broken"),
            choice("Booking", "wants to reserve a berth"),
        ],
        ..TriageRules::default()
    };
    let reader = Reader::of(&rules.options(super::lexicon()));
    let analysis = reader.read("Sails torn", "Two sails and the anchor are broken.");
    assert_eq!(analysis.category.as_deref(), Some("Boats"));
    assert_eq!(analysis.kind.as_deref(), Some("Repair"));
    // The lexicon says nothing about boats.
    assert_eq!(analysis.first_steps, Vec::<String>::new());
    assert_eq!(analysis.confidence["firstSteps"], 0.0);
    assert!(
        analysis.notes.contains("Category: Boats."),
        "{}",
        analysis.notes
    );
    let analysis = reader.read("Reserve a berth", "I want to reserve a berth for June.");
    assert_eq!(analysis.category.as_deref(), Some("Harbour"));
    assert_eq!(analysis.kind.as_deref(), Some("Booking"));
    // The category has the name of one in the lexicon. Therefore its hint and steps are used.
    let analysis = reader.read("No internet", "The Wi-Fi on the pier is gone.");
    assert_eq!(analysis.category.as_deref(), Some("Network"));
    assert!(analysis.first_steps[0].contains("cable or wireless"));
}

#[test]
fn a_field_without_values_is_omitted() {
    let analysis = Reader::of(&Options::default()).read("VPN is down", "");
    assert_eq!(analysis.kind, None);
    assert_eq!(analysis.confidence["type"], 0.0);
    assert_eq!(analysis.category.as_deref(), Some("network"));
}

#[test]
fn tags_are_useful_search_terms() {
    for (title, description, expected) in [
        (
            "VPN keeps disconnecting",
            "Dear Ann Miller,\nThe VPN tunnel closes with error 809. Write to ann@example.com or 044 123 45 67.",
            &["vpn", "disconnecting", "error", "tunnel", "closes", "write"][..],
        ),
        (
            "Paper jam in the printer",
            "The printers on floor 3 show a paper jam again, my PIN is hunter2.",
            &["printers", "paper jam", "floor", "show", "pin"],
        ),
        (
            "Übertragung der Überstunden",
            "Die Überstunden fehlen.",
            &["überstunden", "übertragung", "fehlen"],
        ),
        ("L'imprimante", "", &["imprimante"]),
        (
            "VPN, Outlook, React, Java, PostgreSQL and toner",
            "",
            &["vpn", "react", "java", "postgresql", "outlook", "toner"],
        ),
        ("12345", "the 42 of it", &[]),
    ] {
        let analysis = UNTRAINED.read(title, description);
        assert_eq!(analysis.tags, expected, "{title}");
    }
    assert_eq!(UNTRAINED.read("", "").confidence["tags"], 0.0);
}

#[test]
fn a_summary_is_one_plain_line() {
    let long =
        "The server room smells of smoke and the cooling of rack seven has stopped. ".repeat(9);
    let analysis = UNTRAINED.read(&"word ".repeat(30), &long);
    assert!(analysis.summary.chars().count() <= MAX_SUMMARY);
    assert!(analysis.summary.ends_with('…'));
    let html = UNTRAINED.read("a", "first part<br><br>second part is here <b>x</b>");
    assert_eq!(html.summary, "a – second part is here");
}
