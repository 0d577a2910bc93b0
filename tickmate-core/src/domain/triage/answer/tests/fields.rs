//! The parsing of each field.

use super::*;
use crate::domain::analysis::{Complexity, Sentiment};

#[test]
fn every_field_is_read() {
    let kind = &OPTIONS.types[0].name;
    let raw = serde_json::json!({
        "summary": "VPN drops", "category": "NETWORK", "type": format!(" {} ", kind.to_uppercase()),
        "priority": "High", "skills": ["React"], "sentiment": "Angry", "complexity": " moderate ",
        "tags": ["#VPN", "vpn", "Home  Office", ""], "notes": "Check it.", "first_steps": ["1. one", "- two", "3) three", "4 four"],
        "extra": {"site": " BERN ", "device": "a\nlaptop", "other": "x"},
        "confidence": {"category": 0.9, "priority": "0.8", "type": 70, "skills": 0.6},
    });
    let analysis = read(&raw.to_string()).unwrap();
    assert_eq!(analysis.category.as_deref(), Some("network"));
    assert_eq!(analysis.kind.as_ref(), Some(kind));
    assert_eq!(analysis.priority, Some(Priority::High));
    assert_eq!(analysis.sentiment, Some(Sentiment::Angry));
    assert_eq!(analysis.complexity, Some(Complexity::Moderate));
    assert_eq!(analysis.tags, ["vpn", "home office"]);
    assert_eq!(analysis.first_steps, ["one", "two", "three", "4 four"]);
    let extra: Vec<(&str, &str)> = analysis
        .extra
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    assert_eq!(extra, [("device", "a laptop"), ("site", "Bern")]);
    let fields: Vec<(&str, f64)> = analysis
        .confidence
        .iter()
        .map(|(name, confidence)| (name.as_str(), (confidence * 1000.0).round() / 1000.0))
        .collect();
    assert_eq!(
        fields,
        [
            ("category", 0.9),
            ("complexity", 0.75),
            ("device", 0.75),
            ("firstSteps", 0.75),
            ("helpfulNotes", 0.75),
            ("priority", 0.8),
            ("relatedSkills", 0.6),
            ("sentiment", 0.75),
            ("site", 0.75),
            ("summary", 0.75),
            ("tags", 0.75),
            ("type", 0.7),
        ]
    );
}

#[test]
fn confidence_is_a_share() {
    for (value, expected) in [
        ("0", 0.0),
        ("1", 1.0),
        ("0.25", 0.25),
        ("85", 0.85),
        ("100", 1.0),
        ("1000", 1.0),
        ("-0.5", 0.0),
        ("-1e400", 0.5),
        ("1e400", 0.5),
        ("NaN", 0.5),
        ("null", 0.5),
        ("true", 0.5),
        ("[0.9]", 0.5),
        ("{\"category\": 0.9}", 0.5),
        ("\"0.8\"", 0.8),
        ("\" 80 % \"", 0.8),
        ("\"80\"", 0.8),
        ("\"NaN\"", 0.5),
        ("\"inf\"", 0.5),
        ("\"high\"", 0.5),
        ("\"\"", 0.5),
    ] {
        let raw = format!(
            "{{\"category\": \"network\", \"summary\": \"x\", \"confidence\": {{\"category\": {value}}}}}"
        );
        let confidence = read(&raw).unwrap().confidence;
        assert_eq!(
            confidence.into_iter().collect::<Vec<_>>(),
            [
                ("category".to_owned(), expected),
                ("summary".to_owned(), expected)
            ],
            "{value}"
        );
    }
    let all = read(r#"{"category": "network", "tags": ["x"], "confidence": 0.7}"#).unwrap();
    assert!(
        all.confidence
            .values()
            .all(|confidence| (confidence - 0.7).abs() < 1e-9)
    );
    let none = read(r#"{"category": "network", "skills": ["Quantum knitting"]}"#).unwrap();
    assert_eq!(none.confidence.len(), 2);
    assert_eq!(none.confidence["relatedSkills"], 0.5);
    // A field without a value has no confidence.
    let one = read(r#"{"priority": "low", "confidence": {"category": 0.9}}"#).unwrap();
    assert_eq!(
        one.confidence.into_iter().collect::<Vec<_>>(),
        [("priority".to_owned(), 0.5)]
    );
}

#[test]
fn lists_and_strings_are_interchangeable() {
    let analysis = read(
        r#"{"summary": ["one", "two"], "notes": ["a", 7, "b"], "skills": "React, Postgres; Quantum knitting",
            "first_steps": "one\n\n- two, three", "tags": "VPN, Home office"}"#,
    )
    .unwrap();
    assert_eq!(analysis.summary, "one two");
    assert_eq!(analysis.notes, "a\nb");
    assert_eq!(ids(&analysis), ["react", "postgresql"]);
    assert_eq!(analysis.suggested_skills, ["Quantum knitting"]);
    assert_eq!(analysis.first_steps, ["one", "two, three"]);
    assert_eq!(analysis.tags, ["vpn", "home office"]);
}

#[test]
fn unrequested_extra_fields_are_ignored() {
    let raw = r#"{"priority": "low", "extra": {"site": "Zurich", "device": {"a": 1}, "Site": "Bern", "x": "y"}, "site": "Bern"}"#;
    assert!(read(raw).unwrap().extra.is_empty());
    let raw = r#"{"extra": {"device": 7, "site": true}}"#;
    assert_eq!(
        read(raw).unwrap().extra.into_iter().collect::<Vec<_>>(),
        [("device".to_owned(), "7".to_owned())]
    );
    let raw = format!(
        r#"{{"extra": {{"device": "see https://evil.example {}"}}}}"#,
        "x ".repeat(300)
    );
    let device = &read(&raw).unwrap().extra["device"];
    assert!(device.starts_with("see [link] x") && device.chars().count() <= MAX_SUMMARY);
}

#[test]
fn names_with_dots_are_recognized() {
    let options = Options {
        categories: vec![crate::domain::options::FieldOption {
            name: "Shop.example".to_owned(),
            ..Default::default()
        }],
        ..Options::default()
    };
    let offer = Offer {
        options: &options,
        staff_skills: &[Skill::new("x:mondaycom", "Monday.com")],
        extra: &[],
        texts: &PromptTexts::default(),
    };
    let raw = r#"{"category": "shop.example", "skills": ["monday.com", "node.js"]}"#;
    let analysis = read_answer(&offer, &VOCABULARY, raw).unwrap();
    assert_eq!(analysis.category.as_deref(), Some("Shop.example"));
    assert_eq!(ids(&analysis), ["x:mondaycom", "nodejs"]);
}
