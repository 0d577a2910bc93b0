//! Predictions before the first ticket.

use super::{super::Thresholds, analyzer};
use crate::domain::{
    field::Field,
    options::{FieldOption, Options},
};

fn choice(name: &str, description: &str) -> FieldOption {
    FieldOption {
        name: name.to_owned(),
        description: description.to_owned(),
    }
}

fn guess(options: &Options, field: Field, text: &str) -> Option<String> {
    let prediction = analyzer(options).read("", text, &Thresholds::default());
    prediction.guess(field).map(|guess| guess.label.clone())
}

#[test]
fn names_and_descriptions_are_understood_in_several_languages() {
    let options = Options {
        categories: vec![
            choice("Machines", "laptops, monitors, printers"),
            choice("Money", "invoices and refunds"),
            choice("People", "holidays, new colleagues"),
            choice("Other", "anything else"),
        ],
        types: vec![
            choice("Breakdown", "something fails: error, outage"),
            choice("Wish", "somebody asks for information or help"),
        ],
        ..Options::default()
    };
    for (text, category) in [
        ("the laptop does not start", "Machines"),
        ("Mein Bildschirm flackert", "Machines"),
        ("l'imprimante est en panne", "Machines"),
        ("where is my receipt", "Money"),
        ("Die Rechnung stimmt nicht", "Money"),
        ("la factura del mes", "Money"),
        ("two weeks of vacation in June", "People"),
        ("the hedgehog is in the pond", "Other"),
    ] {
        let read = guess(&options, Field::Category, text);
        assert_eq!(read.as_deref(), Some(category), "{text}");
    }
    let read = |text| guess(&options, Field::Type, text);
    assert_eq!(
        read("it crashes with an error").as_deref(),
        Some("Breakdown")
    );
    assert_eq!(read("Ich habe eine Anfrage").as_deref(), Some("Wish"));
}

#[test]
fn skills_are_found_by_all_their_names() {
    let options = Options {
        skills: ["svn", "k8s", "Excel", "Our own tool"]
            .map(|name| choice(name, ""))
            .to_vec(),
        ..Options::default()
    };
    for (text, skill) in [
        ("TortoiseSVN shows no icons", "svn"),
        ("a Kubernetes pod restarts", "k8s"),
        ("VLOOKUP returns nothing", "Excel"),
        ("our own tool has no button", "Our own tool"),
    ] {
        assert_eq!(
            guess(&options, Field::Skill, text).as_deref(),
            Some(skill),
            "{text}"
        );
    }
    let none = Options::default();
    let read = guess(&none, Field::Skill, "PostgreSQL runs out of connections");
    assert_eq!(read.as_deref(), Some("PostgreSQL"));
}

#[test]
fn a_field_without_values_has_no_guess() {
    let none = Options::default();
    assert_eq!(guess(&none, Field::Type, "an error"), None);
    assert_eq!(
        guess(&none, Field::Category, "the VPN and the Wi-Fi are down").as_deref(),
        Some("network")
    );
    let calm = guess(&none, Field::Priority, "hello");
    assert_eq!(calm.as_deref(), Some("medium"));
    let one_word = guess(&none, Field::Priority, "urgent");
    assert_ne!(one_word.as_deref(), Some("urgent"));
}

#[test]
fn a_guess_below_its_threshold_is_marked_and_returned() {
    let options = Options {
        categories: vec![choice("Boats", ""), choice("Kites", "")],
        ..Options::default()
    };
    let prediction = analyzer(&options).read(
        "",
        "hello",
        &Thresholds::default().with(Field::Category, 0.6),
    );
    let guess = prediction.guess(Field::Category).unwrap();
    assert!(guess.abstains && guess.confidence < 0.6, "{guess:?}");
    assert_eq!(guess.label, "Boats");
    let prediction = analyzer(&options).read(
        "",
        "hello",
        &Thresholds::default().with(Field::Category, 0.4),
    );
    assert!(!prediction.guess(Field::Category).unwrap().abstains);
}

#[test]
fn the_same_words_in_a_long_text_give_less_confidence() {
    let options = Options {
        categories: vec![
            choice("Machines", "laptops, monitors, printers"),
            choice("Money", "invoices and refunds"),
            choice("People", "holidays, new colleagues"),
        ],
        ..Options::default()
    };
    let analyzer = analyzer(&options);
    let confidence = |text: &str| {
        let prediction = analyzer.read("", text, &Thresholds::default());
        let guess = prediction.guess(Field::Category).unwrap();
        assert_eq!(guess.label, "Money");
        guess.confidence
    };
    let short = "the invoice and its refund";
    let long: Vec<String> = (0..90).map(|number| format!("word{number}")).collect();
    let long = format!("{short} {}", long.join(" "));
    assert!(confidence(&long) < confidence(short) - 0.1);
    assert!(confidence("the invoice, the invoice, the invoice") > confidence("the invoice"));
}

#[test]
fn options_are_names_or_objects() {
    let json =
        r#"{"category": [{"name": "A", "description": "a b"}, "C"], "skills": ["Go"], "more": 1}"#;
    let options: Options = serde_json::from_str(json).unwrap();
    assert_eq!(options.categories, [choice("A", "a b"), choice("C", "")]);
    assert_eq!(options.skills, [choice("Go", "")]);
    let again: Options = serde_json::from_str(&serde_json::to_string(&options).unwrap()).unwrap();
    assert_eq!(again, options);
}
