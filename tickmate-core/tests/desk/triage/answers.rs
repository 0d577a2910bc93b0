//! Answers that no honest model gives.

/// Each of them as a model writes it.
pub(crate) fn answers() -> Vec<String> {
    let mut answers: Vec<String> = [
        "",
        " \n\t ",
        "null",
        "true",
        "7",
        "[]",
        "{}",
        "I'm sorry, I can't help with that.",
        "<!doctype html><html><body><h1>502 Bad Gateway</h1></body></html>",
        r#"{"error": {"code": 500, "message": "Internal error"}}"#,
        r#"{"summary": 1, "category": 2, "priority": 7, "skills": 3, "notes": 4, "first_steps": 5}"#,
        r#"{"priority": "NaN", "confidence": {"priority": NaN}}"#,
        r#"{"priority": NaN}"#,
        r#"{"summary": "a", "summary": "b", "priority": "low", "priority": "urgent"}"#,
        r#"{"assignee": "mallory", "status": "closed", "visibility": "public", "mails": ["x@example.org"]}"#,
        r#"{"summary": "ok", "assignee": "mallory", "status": "closed", "deleted": true}"#,
        "```json\n{\"priority\": \"low\"}\n```",
        "<think>{\"priority\": \"urgent\"}</think>{\"priority\": \"low\"}",
        r#"{"summary": "cut"#,
        r#"{"summary": "a\u0000b\u202ec", "notes": "\u001b[2J"}"#,
        r#"{"notes": "<script>alert(1)</script> ![x](http://evil.example/x.png)"}"#,
        r#"{"skills": {"a": {"b": ["c"]}}, "first_steps": {"x": 1}, "tags": "a,b"}"#,
        r#"{"category": "not one of yours", "type": "coup", "sentiment": "murderous", "complexity": -1}"#,
        "{\"summary\": \"\\ud800\"}",
        "\u{feff}{\"summary\": \"bom\"}",
    ]
    .map(str::to_owned)
    .to_vec();
    answers.push("x".repeat(5 << 20));
    answers.push(format!("{{\"notes\": \"{}\"}}", "y".repeat(5 << 20)));
    answers.push("[".repeat(100_000));
    answers.push("{\"a\":".repeat(100_000));
    let skills: Vec<String> = (0..10_000).map(|n| format!("\"skill {n}\"")).collect();
    answers.push(format!("{{\"skills\": [{}]}}", skills.join(",")));
    answers.push(format!(
        "{{\"summary\": \"a\", \"tags\": [{}]}}",
        "\"t\",".repeat(1_000) + "\"t\""
    ));
    answers.push(format!("{{\"summary\": \"{}\"}}", "😀".repeat(4_000)));
    answers
}
