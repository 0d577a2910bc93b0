//! Truncated answers.

use super::*;

const WHOLE: &str = r#"{"category":"network","confidence":{"category":0.9,"priority":85},"priority":"high",
    "skills":["React","Postgres \u00e4"],"x":{"y":[1,{"z":null}]},"summary":"VPN \"drops\" \ud83d\ude00 daily",
    "first_steps":["one","two"],"sentiment":"angry","notes":"First line.\nSecond one."}"#;

#[test]
fn complete_members_count_at_any_truncation() {
    let whole = read(WHOLE).unwrap();
    assert_eq!(whole.summary, "VPN \"drops\" 😀 daily");
    for end in (0..=WHOLE.len()).filter(|end| WHOLE.is_char_boundary(*end)) {
        let text = &WHOLE[..end];
        let is_past = |member: &str| text.contains(member);
        let Ok(part) = read(text) else {
            assert!(!is_past("\"network\""), "{text}");
            continue;
        };
        assert_eq!(part.category.is_some(), is_past("\"network\""), "{text}");
        assert_eq!(part.priority.is_some(), is_past("\"high\""), "{text}");
        assert_eq!(part.skills.is_empty(), !is_past("\\u00e4\"]"), "{text}");
        assert_eq!(part.first_steps.is_empty(), !is_past("\"two\"]"), "{text}");
        assert_eq!(part.sentiment.is_some(), is_past("\"angry\""), "{text}");
        let confidence = if is_past("85}") { 0.9 } else { 0.5 };
        assert_eq!(part.confidence["category"], confidence, "{text}");
        for (part, all) in [(&part.summary, &whole.summary), (&part.notes, &whole.notes)] {
            assert!(
                part == all || all.starts_with(part.trim_end_matches('…')),
                "{text}: {part}"
            );
        }
        assert!(
            part.summary.is_empty() || is_past("\"summary\":\"V"),
            "{text}"
        );
    }
}

#[test]
fn truncated_texts_are_marked() {
    for (raw, expected) in [
        (r#"{"summary":"VPN dro"#, "VPN dro…"),
        (r#"{"summary":"VPN \"#, "VPN…"),
        (r#"{"summary":"VPN \u00"#, "VPN…"),
        (r#"{"summary":"VPN \ud83d"#, "VPN…"),
        (r#"{"summary":"see https://evil.exa"#, "see [link]"),
        (r#"{"summary":"see evil.co"#, "see evil[.]co…"),
        (r#"{"result":{"summary":"VPN dro"#, "VPN dro…"),
        (r#"{"result":{"summary":"VPN","#, "VPN"),
        ("{\"answer\":\"{\\\"summary\\\":\\\"VPN dro", "VPN dro…"),
        ("\"{\\\"summary\\\":\\\"VPN dro", "VPN dro…"),
        ("```json\n[{\"summary\":\"VPN\"", "VPN"),
        ("<think>x</think>{\"summary\":\"VPN\"", "VPN"),
    ] {
        assert_eq!(
            read(raw).map(|a| a.summary),
            Ok(expected.to_owned()),
            "{raw}"
        );
    }
    for raw in [
        "{",
        "{\"",
        "{\"summary\"",
        "{\"summary\":",
        "{\"summary\":\"",
        "{\"priority\":\"hi",
        "{\"category\":\"network",
        "{\"skills\":[\"React\"",
        "{\"confidence\":{\"category\":0.",
        "{\"extra\":{\"site\":\"Bern\"",
        "{\"tags\":[\"a\",",
    ] {
        assert!(read(raw).is_err(), "{raw}");
    }
}

proptest! {
    #[test]
    fn any_truncated_answer_is_parsed_or_rejected(text in any::<String>(), at in 0_usize..400) {
        let raw = serde_json::json!({"notes": text, "summary": text, "tags": [text], "result": {"skills": [text]}}).to_string();
        let end = (0..=at.min(raw.len())).rev().find(|end| raw.is_char_boundary(*end)).unwrap();
        if let Ok(analysis) = read(&raw[..end]) {
            assert_bounds(&analysis);
        }
    }
}
