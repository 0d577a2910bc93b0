//! Parses a successful response. Every member may be missing.

use serde::Deserialize;
use serde_json::Value;
use tickmate_core::{
    backend::llm::{StopReason, Usage},
    domain::text::one_line,
};

/// The maximum number of characters of a model's name.
const MAX_MODEL: usize = 100;

/// The content of a response.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Reading {
    pub(crate) text: String,
    /// The model that answered, if the response names it.
    pub(crate) model: Option<String>,
    pub(crate) usage: Usage,
    pub(crate) stop: StopReason,
}

/// The reason why a response can't be parsed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unreadable {
    /// The body is not JSON of the expected shape. The error of the JSON library is omitted, since it would quote the
    /// answer.
    #[error("the answer is no JSON of the expected shape (line {line}, column {column})")]
    Shape { line: usize, column: usize },
    /// The response has neither a candidate nor a reason for that.
    #[error("the answer holds no candidate and no reason for that")]
    NoCandidate,
    /// The candidate has neither a text nor a finish reason.
    #[error("the answer's candidate says nothing")]
    Nothing,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Body {
    candidates: Option<Vec<Candidate>>,
    prompt_feedback: Option<PromptFeedback>,
    usage_metadata: Option<Value>,
    model_version: Option<Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Candidate {
    content: Option<Content>,
    finish_reason: Option<String>,
}

#[derive(Deserialize)]
struct Content {
    parts: Option<Vec<Part>>,
}

/// Parts of other kinds than text have neither member.
#[derive(Deserialize)]
struct Part {
    text: Option<String>,
    thought: Option<bool>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PromptFeedback {
    block_reason: Option<String>,
}

/// Reads a body.
pub(crate) fn read(body: &[u8]) -> Result<Reading, Unreadable> {
    let body: Body = serde_json::from_slice(body).map_err(|error| Unreadable::Shape {
        line: error.line(),
        column: error.column(),
    })?;
    let is_prompt_blocked = body
        .prompt_feedback
        .is_some_and(|feedback| feedback.block_reason.is_some());
    let (text, stop) = match body.candidates.into_iter().flatten().next() {
        _ if is_prompt_blocked => (String::new(), StopReason::Blocked),
        Some(candidate) => candidate.read()?,
        None => return Err(Unreadable::NoCandidate),
    };
    let model = body
        .model_version
        .as_ref()
        .and_then(Value::as_str)
        .map(|name| one_line(name.strip_prefix("models/").unwrap_or(name), MAX_MODEL))
        .filter(|name| !name.is_empty());
    Ok(Reading {
        text,
        model,
        usage: usage(&body.usage_metadata.unwrap_or_default()),
        stop,
    })
}

impl Candidate {
    fn read(self) -> Result<(String, StopReason), Unreadable> {
        let parts = self.content.and_then(|content| content.parts);
        let text: String = parts
            .into_iter()
            .flatten()
            .filter(|part| part.thought != Some(true))
            .filter_map(|part| part.text)
            .collect();
        let is_empty = text.trim().is_empty();
        let stop = match self.finish_reason.as_deref() {
            // Without a reason the text decides, and the caller parses it.
            None | Some("" | "FINISH_REASON_UNSPECIFIED") if is_empty => {
                return Err(Unreadable::Nothing);
            }
            None | Some("" | "FINISH_REASON_UNSPECIFIED") => StopReason::Done,
            Some("STOP") if !is_empty => StopReason::Done,
            Some("STOP" | "MAX_TOKENS") => StopReason::Length,
            Some(
                "SAFETY"
                | "PROHIBITED_CONTENT"
                | "BLOCKLIST"
                | "SPII"
                | "IMAGE_SAFETY"
                | "IMAGE_PROHIBITED_CONTENT",
            ) => return Ok((String::new(), StopReason::Blocked)),
            Some(_) => StopReason::Other,
        };
        Ok((text, stop))
    }
}

/// Returns the usage. The prompt's tokens include the cached ones; the output is the answer and the thoughts.
fn usage(metadata: &Value) -> Usage {
    let count = |name: &str| metadata.get(name).and_then(Value::as_u64).unwrap_or(0);
    Usage {
        prompt_tokens: count("promptTokenCount").saturating_add(count("toolUsePromptTokenCount")),
        cached_tokens: count("cachedContentTokenCount"),
        output_tokens: count("candidatesTokenCount").saturating_add(count("thoughtsTokenCount")),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read_json(body: &Value) -> Result<Reading, Unreadable> {
        read(body.to_string().as_bytes())
    }

    fn candidate(text: &str, reason: &Value) -> Value {
        json!({"candidates": [{"content": {"role": "model", "parts": [{"text": text}]}, "finishReason": reason}]})
    }

    #[test]
    fn an_answer_in_full() {
        let reading = read_json(&json!({
            "candidates": [{
                "content": {"role": "model", "parts": [
                    {"text": "I think.", "thought": true},
                    {"text": "{\"a\":", "thoughtSignature": "c2ln"},
                    {"inlineData": {"mimeType": "x/y", "data": ""}},
                    {"text": "1}", "thought": false},
                ]},
                "finishReason": "STOP", "index": 0, "avgLogprobs": -0.1,
            }],
            "usageMetadata": {
                "promptTokenCount": 100, "cachedContentTokenCount": 60, "candidatesTokenCount": 7,
                "thoughtsTokenCount": 30, "toolUsePromptTokenCount": 5, "totalTokenCount": 142,
            },
            "modelVersion": "models/gemini-9-flash-001", "responseId": "x",
        }));
        assert_eq!(
            reading.unwrap(),
            Reading {
                text: "{\"a\":1}".to_owned(),
                model: Some("gemini-9-flash-001".to_owned()),
                usage: Usage {
                    prompt_tokens: 105,
                    cached_tokens: 60,
                    output_tokens: 37
                },
                stop: StopReason::Done,
            }
        );
    }

    #[test]
    fn reasons_to_stop() {
        for (reason, stop, is_kept) in [
            (json!("STOP"), StopReason::Done, true),
            (Value::Null, StopReason::Done, true),
            (json!("FINISH_REASON_UNSPECIFIED"), StopReason::Done, true),
            (json!("MAX_TOKENS"), StopReason::Length, true),
            (json!("SAFETY"), StopReason::Blocked, false),
            (json!("PROHIBITED_CONTENT"), StopReason::Blocked, false),
            (json!("BLOCKLIST"), StopReason::Blocked, false),
            (json!("SPII"), StopReason::Blocked, false),
            (json!("RECITATION"), StopReason::Other, true),
            (json!("LANGUAGE"), StopReason::Other, true),
            (json!("OTHER"), StopReason::Other, true),
            (json!("MALFORMED_FUNCTION_CALL"), StopReason::Other, true),
            (json!("FAKE_NEW_FINISH_REASON"), StopReason::Other, true),
        ] {
            let reading = read_json(&candidate("x", &reason)).unwrap();
            assert_eq!(
                (reading.stop, reading.text == "x"),
                (stop, is_kept),
                "{reason}"
            );
        }
    }

    #[test]
    fn answers_without_text() {
        let no_parts =
            json!({"content": {"role": "model"}, "finishReason": "MAX_TOKENS", "index": 0});
        for (candidate, stop) in [
            (no_parts, StopReason::Length),
            (
                json!({"content": {"parts": []}, "finishReason": "STOP"}),
                StopReason::Length,
            ),
            (
                json!({"content": {"parts": [{"text": " \n"}]}, "finishReason": "STOP"}),
                StopReason::Length,
            ),
            (
                json!({"content": {"parts": [{"text": "x", "thought": true}]}, "finishReason": "STOP"}),
                StopReason::Length,
            ),
            (json!({"finishReason": "SAFETY"}), StopReason::Blocked),
            (
                json!({"finishReason": "RECITATION", "content": null}),
                StopReason::Other,
            ),
        ] {
            let reading = read_json(&json!({"candidates": [candidate]})).unwrap();
            assert_eq!(reading.stop, stop);
        }
    }

    #[test]
    fn a_blocked_prompt_has_no_candidates() {
        for reason in ["SAFETY", "OTHER", "JAILBREAK", "NEWLY_INVENTED"] {
            let blocked = json!({
                "promptFeedback": {"blockReason": reason, "safetyRatings": []},
                "usageMetadata": {"promptTokenCount": 9},
            });
            let reading = read_json(&blocked).unwrap();
            assert_eq!(
                (reading.text.as_str(), reading.stop),
                ("", StopReason::Blocked)
            );
            assert_eq!(reading.usage.prompt_tokens, 9);
        }
    }

    #[test]
    fn what_is_no_answer_is_said_to_be_none() {
        for body in [
            json!({}),
            json!({"totalTokens": 7}),
            json!({"candidates": []}),
            json!({"candidates": null}),
            json!({"candidates": [], "promptFeedback": {"safetyRatings": []}}),
            json!({"candidates": [{}]}),
            json!({"candidates": [{"content": {"parts": [{"functionCall": {"name": "f"}}]}}]}),
            json!({"candidates": [7]}),
            json!({"candidates": {"content": {}}}),
            json!({"candidates": [{"content": {"parts": [{"text": 7}]}, "finishReason": "STOP"}]}),
            json!([]),
            json!("text"),
        ] {
            assert!(read_json(&body).is_err(), "{body}");
        }
    }

    #[test]
    fn odd_counts_and_names_spoil_nothing() {
        let mut body = candidate("x", &json!("STOP"));
        body["usageMetadata"] = json!({
            "promptTokenCount": -3, "candidatesTokenCount": u64::MAX, "thoughtsTokenCount": 5,
            "cachedContentTokenCount": "7", "toolUsePromptTokenCount": 1.5,
        });
        body["modelVersion"] = json!({"name": "x"});
        let reading = read_json(&body).unwrap();
        let output_tokens = u64::MAX;
        assert_eq!(
            reading.usage,
            Usage {
                output_tokens,
                ..Usage::default()
            }
        );
        assert_eq!(reading.model, None);
        body["usageMetadata"] = json!("none");
        body["modelVersion"] = json!(format!("a\nb{}", "x".repeat(500)));
        let reading = read_json(&body).unwrap();
        assert_eq!(reading.usage, Usage::default());
        assert!(
            reading
                .model
                .is_some_and(|name| name.len() <= MAX_MODEL && !name.contains('\n'))
        );
    }
}
