//! Properties that hold for every text.

use std::sync::LazyLock;

use proptest::prelude::{any, prop, proptest};

use super::{Reader, Similar, UNTRAINED, lexicon};
use crate::domain::{
    analysis::{MAX_NOTES, MAX_SKILLS, MAX_STEPS, MAX_SUMMARY, MAX_TAG, MAX_TAGS},
    options::Options,
    priority::Priority,
    skill::{Skill, key},
    triage::TriageRules,
};

static OPTIONS: LazyLock<Options> = LazyLock::new(|| TriageRules::default().options(lexicon()));

/// A reader that has learned a few tickets with all fields.
static TRAINED: LazyLock<Reader> = LazyLock::new(|| {
    let lessons: Vec<super::Lesson> = (0..40)
        .map(|number| match number % 2 {
            0 => (
                "VPN tunnel closes",
                "The tunnel closes at once.",
                [Some("network"), Some("high"), Some("incident"), Some("VPN")],
            ),
            _ => (
                "Where is my receipt",
                "I can't find the receipt.",
                [
                    Some("billing"),
                    Some("low"),
                    Some("question"),
                    Some("Billing"),
                ],
            ),
        })
        .collect();
    Reader::untrained()
        .with_staff(&["Network", "Billing"])
        .trained_with(&lessons)
});

fn assert_bounds(reader: &Reader, title: &str, description: &str, similar: &[Similar]) {
    let analysis = reader.read_with_similar(title, description, similar);
    assert!(analysis.summary.chars().count() <= MAX_SUMMARY);
    assert!(!analysis.summary.contains(['\n', '\r', '<', '>']));
    assert!(analysis.notes.chars().count() <= MAX_NOTES);
    assert!(!analysis.notes.contains(['<', '>']));
    assert!(analysis.first_steps.len() <= MAX_STEPS);
    assert!(analysis.skills.len() <= MAX_SKILLS);
    for (place, skill) in analysis.skills.iter().enumerate() {
        assert!(!Skill::has(&analysis.skills[..place], &skill.id));
    }
    assert!(analysis.tags.len() <= MAX_TAGS);
    for (place, tag) in analysis.tags.iter().enumerate() {
        assert!(
            tag.chars().count() <= MAX_TAG && *tag == tag.to_lowercase(),
            "{tag}"
        );
        assert!(
            !analysis.tags[..place]
                .iter()
                .any(|other| key(other) == key(tag))
        );
    }
    let category = analysis.category.clone().unwrap();
    assert!(OPTIONS.categories.iter().any(|one| one.name == category));
    let kind = analysis.kind.clone().unwrap();
    assert!(OPTIONS.types.iter().any(|one| one.name == kind));
    assert!(analysis.priority.unwrap() < Priority::Urgent);
    assert!(analysis.sentiment.is_some() && analysis.complexity.is_some());
    assert_eq!(analysis.confidence.len(), 10);
    let is_share = |confidence: &f64| (0.0..=1.0).contains(confidence);
    assert!(analysis.confidence.values().all(is_share));
    assert_eq!(
        analysis,
        reader.read_with_similar(title, description, similar)
    );
}

#[test]
fn twenty_thousand_characters_are_analyzed() {
    for piece in [
        "go ",
        "C ",
        "a",
        "!!",
        "A B C! ",
        "- x\n",
        "not urgent. ",
        "12 users ",
        "ﷺ",
        "e\u{301}",
        "0 ",
        "thank you not happy ",
        "\u{130}\u{df} ",
        "Grüße ",
    ] {
        let count = 20_000 / piece.chars().count();
        let long = piece.repeat(count);
        let before = Similar {
            number: 1,
            title: long.clone(),
            answer: Some(long.clone()),
        };
        assert_bounds(&UNTRAINED, piece, &long, &[before]);
    }
}

proptest! {
    #[test]
    fn any_text_is_analyzed(title in any::<String>(), description in any::<String>(), answer in any::<Option<String>>()) {
        let before = Similar { number: 7, title: title.clone(), answer };
        assert_bounds(&UNTRAINED, &title, &description, &[before]);
    }

    #[test]
    fn words_in_any_order_are_analyzed(
        words in prop::collection::vec(
            "(VPN|urgent|not|happy|thanks|in advance|unacceptable|40|users|due tomorrow|migration|nobody can work|production is down|[.,!/-]|\\n)",
            0..40,
        ),
    ) {
        assert_bounds(&TRAINED, "receipt", &words.join(" "), &[]);
    }
}
