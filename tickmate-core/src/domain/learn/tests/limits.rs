//! Any input is accepted, and the size is bounded.

use proptest::prelude::{ProptestConfig, any, prop, proptest};

use super::{
    super::{Example, MAX_LABEL, MAX_LABELS, Model, Thresholds},
    analyzer,
};
use crate::domain::{
    field::Field,
    options::{FieldOption, Options},
};

#[test]
fn labels_beyond_the_limit_are_ignored() {
    let mut learned = analyzer(&Options::default());
    let labels: Vec<String> = (0..MAX_LABELS + 50)
        .map(|label| format!("label {label}"))
        .collect();
    for label in &labels {
        learned.learn(&Example {
            id: label,
            description: label,
            labels: [Some(label), None, None, None],
            ..Example::default()
        });
    }
    assert_eq!(learned.model().labels(Field::Category).count(), MAX_LABELS);
    let prediction = learned.read("", "label 7", &Thresholds::default());
    assert!(prediction.guess(Field::Category).is_some());
    assert_eq!(
        Model::from_bytes(&learned.model().to_bytes()).as_ref(),
        Ok(learned.model())
    );

    let long = "x".repeat(MAX_LABEL + 1);
    let labels = [Some(long.as_str()), Some(" "), None, None];
    let example = Example {
        labels,
        ..Example::default()
    };
    assert_eq!(Field::ALL.map(|field| example.label(field)), [None; 4]);
}

#[test]
fn spellings_of_one_label_are_one_label() {
    let options = Options {
        categories: vec![FieldOption {
            name: "Access".to_owned(),
            description: String::new(),
        }],
        ..Options::default()
    };
    let mut learned = analyzer(&options);
    for (id, label) in [
        ("1", "access"),
        ("2", "ACCESS "),
        ("3", "Garden"),
        ("4", "garden"),
    ] {
        learned.learn(&Example {
            id,
            description: "a text about roses",
            labels: [Some(label), None, None, None],
            ..Example::default()
        });
    }
    let names: Vec<(&str, u32)> = learned.model().labels(Field::Category).collect();
    assert_eq!(names, [("access", 2), ("Garden", 2)]);
    let prediction = learned.read("", "roses", &Thresholds::default());
    let ranked = &prediction.guess(Field::Category).unwrap().ranked;
    let mut names: Vec<&str> = ranked.iter().map(|(name, _)| name.as_str()).collect();
    names.sort_unstable();
    assert_eq!(names, ["Access", "Garden"]);
}

#[test]
fn a_corrected_ticket_is_one_neighbor() {
    let names = ["Boats", "Kites"];
    let options = Options {
        categories: names
            .map(|name| FieldOption {
                name: name.to_owned(),
                description: String::new(),
            })
            .to_vec(),
        ..Options::default()
    };
    let mut learned = analyzer(&options);
    for label in names {
        learned.learn(&Example {
            id: "7",
            description: "the string is torn",
            labels: [Some(label), None, None, None],
            ..Example::default()
        });
    }
    assert_eq!(learned.neighbors("", "the string is torn", 5).len(), 1);
    let prediction = learned.read("", "the string is torn", &Thresholds::default());
    assert_eq!(prediction.guess(Field::Category).unwrap().label, "Kites");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn any_text_is_predicted_and_learned(
        texts in prop::collection::vec((any::<String>(), any::<String>(), any::<String>()), 1..30),
        at_once in any::<bool>(),
    ) {
        let options = Options {
            types: texts.iter().take(3).map(|(name, description, _)| FieldOption {
                name: name.clone(),
                description: description.clone(),
            }).collect(),
            ..Options::default()
        };
        let mut learned = analyzer(&options);
        let examples = texts.iter().map(|(title, text, label)| Example {
            id: title,
            title,
            description: text,
            labels: [Some(label), Some(text), None, Some(title)],
        });
        match at_once {
            true => learned.train(examples),
            false => examples.for_each(|example| learned.learn(&example)),
        }
        for (title, text, _) in &texts {
            let prediction = learned.read(title, text, &Thresholds::default());
            for field in Field::ALL {
                if let Some(guess) = prediction.guess(field) {
                    assert!((0.0..=1.0).contains(&guess.confidence), "{guess:?}");
                    let sum: f64 = guess.ranked.iter().map(|(_, share)| share).sum();
                    assert!(sum < 1.001, "{guess:?}");
                    assert_eq!(guess.ranked[0].0, guess.label);
                }
            }
        }
        assert_eq!(Model::from_bytes(&learned.model().to_bytes()).as_ref(), Ok(learned.model()));
    }

    #[test]
    fn random_bytes_are_rejected(bytes in any::<Vec<u8>>()) {
        assert!(Model::from_bytes(&bytes).is_err());
    }
}
