//! Answers with text or objects around the object.

use super::*;

fn priority(raw: &str) -> Result<Option<Priority>, AnswerError> {
    read(raw).map(|analysis| analysis.priority)
}

#[test]
fn the_object_is_found_in_its_wrapping() {
    let quoted = serde_json::json!("{\"priority\": \"low\"}").to_string();
    let nested = serde_json::json!({"answer": "```json\n{\"priority\": \"low\"}\n```"}).to_string();
    let twice = serde_json::json!({"summary": serde_json::json!({"result": {"priority": "low"}}).to_string()}).to_string();
    for raw in [
        r#"{"priority":"low"}"#,
        "```json\n{\"priority\":\"low\"}\n```",
        "Sure! Here {it} is:\n```\n{\"priority\": \"LOW\"}\n```\nAnything else?",
        "\u{feff}  {\"priority\":\"low\"} {\"priority\":\"urgent\"}",
        "[{\"priority\":\"low\"}]",
        "{}{\"priority\":\"low\"}",
        "Thinking: {\"priority\": } no. {\"priority\":\"low\"}",
        "An example is {\"a\": 1}. Here it is: {\"priority\":\"low\"}",
        "I began {\"priority\": \"urgent\", no. Anew: {\"priority\":\"low\"}",
        "<think>{\"priority\":\"urgent\"}</think>{\"priority\":\"low\"}",
        "Hm {\"priority\":\"urgent\"}</think>{\"priority\":\"low\"}",
        "<thinking>x</thinking>\n```json\n{\"priority\":\"low\"}```",
        r#"{"priority":"low","summary":"</think>{\"priority\":\"urgent\"}"}"#,
        r#"{"result":{"priority":"low"}}"#,
        r#"{"ticket":{"id":7,"fields":{"priority":"low"}}}"#,
        r#"{"results":[7,{"priority":"low"}]}"#,
        r#"{"priority":"low",}"#,
        "{\"notes\":\"a\nb\",\"priority\":\"low\"}",
        r#"{"x":[[[[[[[[[{"a":"]"}]]]]]]]]],"priority":"low"}"#,
        &quoted,
        &nested,
        &twice,
    ] {
        assert_eq!(priority(raw), Ok(Some(Priority::Low)), "{raw}");
    }
}

#[test]
fn members_that_never_contain_the_answer_are_not_searched() {
    for raw in [
        r#"{"error":{"priority":"low"}}"#,
        r#"{"tool_calls":[{"priority":"low"}]}"#,
        r#"{"extra":{"priority":"low"}}"#,
        r#"{"confidence":{"priority":"low"}}"#,
        r#"{"a":{"b":{"c":{"d":{"priority":"low"}}}}}"#,
        r#"{"a":[[{"priority":"low"}]]}"#,
        r#"{"a":"see {\"priority\":\"low\"}"}"#,
    ] {
        assert_eq!(priority(raw), Err(AnswerError::Nothing), "{raw}");
    }
    // Reasoning is not an answer.
    for raw in [
        "<think>{\"priority\":\"low\"}",
        "<think>{\"priority\":\"low\"}</think>I can't.",
    ] {
        assert_eq!(priority(raw), Err(AnswerError::NotJson), "{raw}");
    }
}

#[test]
fn a_nested_object_does_not_fill_fields_of_its_parent() {
    let raw = r#"{"summary":"VPN","extra":{"category":"network","summary":"x","site":"bern"}}"#;
    let analysis = read(raw).unwrap();
    assert_eq!(analysis.summary, "VPN");
    assert_eq!(analysis.category, None);
    assert_eq!(analysis.extra["site"], "Bern");
}
