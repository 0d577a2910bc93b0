//! A recording is replayed exactly and in order.

use super::*;
use crate::{
    backend::{BoxError, llm::StopReason, llm::Usage},
    memory::ScriptedLlm,
};

fn prompt(user: &str) -> Prompt {
    Prompt {
        system: "Read the ticket.".to_owned(),
        user: user.to_owned(),
        schema: serde_json::json!({"type": "object"}),
        max_output_tokens: 100,
    }
}

fn completion(text: &str, stop: StopReason) -> Completion {
    Completion {
        text: text.to_owned(),
        model: "scripted-2".to_owned(),
        usage: Usage {
            prompt_tokens: 900,
            cached_tokens: 512,
            output_tokens: 40,
        },
        latency: Duration::from_micros(1_234_567),
        stop,
    }
}

fn source() -> BoxError {
    "CANARY: words of the provider".into()
}

/// Returns the result with the error reduced to what a recording keeps.
fn shown(outcome: Result<Completion, LlmError>) -> Result<Completion, (Kind, Option<Duration>)> {
    outcome.map_err(|error| {
        let refusal = Refusal::of(&error);
        (refusal.kind, refusal.retry_after)
    })
}

/// Answers and errors of every kind, one for each question.
fn script() -> Vec<Result<Completion, LlmError>> {
    let wait = Some(Duration::from_millis(1_680));
    vec![
        Ok(completion(
            "{\"a\": \"line\\nend \u{2028} ä\"}",
            StopReason::Done,
        )),
        Ok(completion("cut", StopReason::Length)),
        Ok(completion("", StopReason::Blocked)),
        Ok(completion("", StopReason::Other)),
        Err(LlmError::Unavailable {
            retry_after: wait,
            source: source(),
        }),
        Err(LlmError::Unavailable {
            retry_after: None,
            source: source(),
        }),
        Err(LlmError::Exhausted {
            retry_after: wait,
            source: source(),
        }),
        Err(LlmError::Misconfigured(source())),
        Err(LlmError::Rejected(source())),
        Err(LlmError::Garbled(source())),
    ]
}

/// Returns a recorder that was asked each question of the script once.
async fn recorded() -> CassetteLlm {
    let inner = ScriptedLlm::new();
    let count = script().len();
    for outcome in script() {
        match outcome {
            Ok(completion) => inner.complete_with(completion),
            Err(error) => inner.fail(error),
        }
    }
    let recorder = CassetteLlm::recording(Arc::new(inner));
    for number in 0..count {
        let _kept = recorder.complete(&prompt(&number.to_string())).await;
    }
    recorder
}

#[tokio::test]
async fn every_answer_and_every_error_is_played_as_it_was() {
    let recorder = recorded().await;
    let text = recorder.cassette().to_lines();
    assert_eq!(text.lines().count(), script().len());
    let cassette = Cassette::from_lines(&text).unwrap();
    assert_eq!(cassette, recorder.cassette());
    assert_eq!(cassette.to_lines(), text);
    assert_eq!(cassette.models(), [&recorder.identity()]);
    let player = CassetteLlm::replaying(recorder.identity(), cassette);
    for (number, expected) in script().into_iter().enumerate() {
        let played = player.complete(&prompt(&number.to_string())).await;
        assert_eq!(shown(played), shown(expected), "{number}");
    }
}

#[tokio::test]
async fn neither_questions_nor_words_of_providers_are_kept() {
    let inner = ScriptedLlm::always("{}");
    inner.fail(LlmError::Rejected(source()));
    let recorder = CassetteLlm::recording(Arc::new(inner));
    for _ in 0..2 {
        let _kept = recorder.complete(&prompt("CANARY of a ticket")).await;
    }
    let text = recorder.cassette().to_lines();
    assert_eq!(text.lines().count(), 2);
    assert!(!text.contains("CANARY") && !text.contains("Read the ticket"));
    assert!(!format!("{recorder:?}").contains("CANARY"));
}

#[tokio::test]
async fn a_question_that_was_asked_often_is_answered_in_order_and_then_as_the_last_time() {
    let inner = ScriptedLlm::new();
    for text in ["one", "two", "three"] {
        inner.answer(text);
    }
    let recorder = CassetteLlm::recording(Arc::new(inner));
    for user in ["a", "b", "a"] {
        recorder.complete(&prompt(user)).await.unwrap();
    }
    assert_eq!(recorder.lines_from(2), {
        let text = recorder.cassette().to_lines();
        text.lines().nth(2).unwrap().to_owned() + "\n"
    });
    assert_eq!(recorder.lines_from(3), "");
    let player = CassetteLlm::replaying(recorder.identity(), recorder.cassette());
    for (user, text) in [
        ("a", "one"),
        ("a", "three"),
        ("a", "three"),
        ("b", "two"),
        ("b", "two"),
    ] {
        assert_eq!(player.complete(&prompt(user)).await.unwrap().text, text);
    }
}

#[tokio::test]
async fn another_question_or_another_model_is_not_held() {
    let recorder = CassetteLlm::recording(Arc::new(ScriptedLlm::always("{}")));
    let question = prompt("a");
    recorder.complete(&question).await.unwrap();
    let of = |id: ModelId| CassetteLlm::replaying(id, recorder.cassette());
    let player = of(recorder.identity());
    let mut others = vec![
        prompt("b"),
        question.clone(),
        question.clone(),
        question.clone(),
    ];
    others[1].system.push('.');
    others[2].schema = serde_json::json!({"type": "string"});
    others[3].max_output_tokens += 1;
    for other in &others {
        let error = player.complete(other).await.unwrap_err();
        assert!(matches!(error, LlmError::Misconfigured(_)), "{other:?}");
        let source = std::error::Error::source(&error).unwrap().to_string();
        assert!(source.contains("the cassette does not hold"), "{source}");
    }
    let other = ModelId {
        model: "another".to_owned(),
        ..recorder.identity()
    };
    assert!(of(other).complete(&question).await.is_err());
    assert!(player.complete(&question).await.is_ok());
}

#[tokio::test]
async fn a_damaged_line_is_named_and_not_shown() {
    let text = recorded().await.cassette().to_lines();
    let lines: Vec<&str> = text.lines().collect();
    let (answer, error) = (lines[1], lines[7]);
    for (damaged, what) in [
        ("CANARY".to_owned(), "no JSON"),
        (answer[..answer.len() / 2].to_owned(), "no JSON"),
        ("[\"CANARY\"]".to_owned(), "member"),
        ("{}".to_owned(), "member"),
        (answer.replace("\"length\"", "\"CANARY\""), "member"),
        (answer.replace("latencyMicros", "CANARY"), "member"),
        (answer.replace("1234567", "-1"), "member"),
        (answer.replace("\"key\":\"", "\"key\":\"CANARY"), "key"),
        (answer.replace("\"completion\"", "\"error\""), "member"),
        (error.replace("misconfigured", "CANARY"), "member"),
        (
            error.replace("\"misconfigured\"", "\"rejected\",\"retryAfterMs\":5"),
            "retryAfterMs",
        ),
        (
            format!(
                "{},\"error\":{{\"kind\":\"rejected\"}}}}",
                &answer[..answer.len() - 1]
            ),
            "must have either",
        ),
    ] {
        let text = format!("{}\n\n{damaged}\n{}", lines[0], lines[2]);
        let error = Cassette::from_lines(&text).unwrap_err();
        assert_eq!(error.line, 3, "{damaged}");
        let message = error.to_string();
        assert!(message.starts_with("line 3 is no recorded exchange: "));
        assert!(
            message.contains(what) && !message.contains("CANARY"),
            "{message}"
        );
    }
    assert!(Cassette::from_lines(" \n\r\n").unwrap().is_empty());
}

/// Returns the answers to these questions; `None` for an error.
async fn texts(llm: &CassetteLlm, users: &[&str]) -> Vec<Option<String>> {
    let mut texts = Vec::new();
    for user in users {
        let answer = llm.complete(&prompt(user)).await;
        texts.push(answer.ok().map(|completion| completion.text));
    }
    texts
}

fn some(texts: &[&str]) -> Vec<Option<String>> {
    texts.iter().map(|text| Some((*text).to_owned())).collect()
}

#[tokio::test]
async fn a_recording_goes_on_where_it_was_interrupted() {
    let first = ScriptedLlm::new();
    for text in ["one", "two"] {
        first.answer(text);
    }
    for error in [
        LlmError::Garbled(source()),
        LlmError::Misconfigured(source()),
    ] {
        first.fail(error);
    }
    let interrupted = CassetteLlm::recording(Arc::new(first));
    assert_eq!(
        texts(&interrupted, &["a", "a", "b", "c"]).await,
        [some(&["one", "two"]), vec![None, None]].concat()
    );
    let before = interrupted.cassette();

    let second = Arc::new(ScriptedLlm::new());
    for text in ["three", "four", "five"] {
        second.answer(text);
    }
    let going_on = CassetteLlm::continuing(Arc::clone(&second) as _, before.clone());
    assert_eq!(going_on.lines_from(before.len()), "");
    assert!(going_on.holds_more(&prompt("a")) && !going_on.holds_more(&prompt("b")));
    let question = ["a", "a", "b", "c", "d"];
    let expected = some(&["one", "two", "three", "four", "five"]);
    assert_eq!(texts(&going_on, &question).await, expected);
    let users: Vec<String> = second.prompts().into_iter().map(|one| one.user).collect();
    assert_eq!(users, ["b", "c", "d"]);
    let after = going_on.cassette();
    assert_eq!(
        before.to_lines() + &going_on.lines_from(before.len()),
        after.to_lines()
    );

    // The third time no question reaches the model.
    let unused = Arc::new(ScriptedLlm::new());
    let whole = CassetteLlm::continuing(Arc::clone(&unused) as _, after.clone());
    assert_eq!(texts(&whole, &question).await, expected);
    assert!(unused.prompts().is_empty());
    assert_eq!(whole.cassette(), after);
    // A replay returns errors at the place where they happened.
    let player = CassetteLlm::replaying(whole.identity(), after);
    assert_eq!(texts(&player, &["b"]).await, [None]);
    assert!(player.holds_more(&prompt("b")));
    assert_eq!(texts(&player, &["b", "b"]).await, some(&["three", "three"]));
    assert!(!player.holds_more(&prompt("b")));
}
