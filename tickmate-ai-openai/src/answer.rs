//! Parses a successful response. Every member may be missing.

use serde::Deserialize;
use serde_json::Value;
use tickmate_core::{
    backend::llm::{StopReason, Usage},
    domain::text::one_line,
};

use crate::text;

/// The most characters of a model's name.
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

impl Reading {
    /// Makes the reading of a question that was withheld from the model.
    pub(crate) const fn blocked() -> Self {
        Self {
            text: String::new(),
            model: None,
            usage: Usage {
                prompt_tokens: 0,
                cached_tokens: 0,
                output_tokens: 0,
            },
            stop: StopReason::Blocked,
        }
    }
}

/// The reason why a response can't be parsed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unreadable {
    /// The body is not JSON of the expected shape. The error of the JSON library is omitted, since it would quote the
    /// answer.
    #[error("the answer is no JSON of the expected shape (line {line}, column {column})")]
    Shape { line: usize, column: usize },
    /// The response has no choice.
    #[error("the answer holds no choice")]
    NoChoice,
    /// The choice has neither a text nor a finish reason.
    #[error("the answer's choice says nothing")]
    Nothing,
}

#[derive(Deserialize)]
struct Body {
    choices: Option<Vec<Choice>>,
    usage: Option<Value>,
    model: Option<Value>,
}

#[derive(Deserialize)]
struct Choice {
    message: Option<Message>,
    finish_reason: Option<String>,
    /// The error of a router whose provider failed half-way.
    error: Option<Value>,
}

#[derive(Deserialize)]
struct Message {
    content: Option<Content>,
    refusal: Option<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Content {
    Text(String),
    Parts(Vec<Part>),
}

/// Parts of other kinds have neither member.
#[derive(Deserialize)]
struct Part {
    text: Option<String>,
    refusal: Option<String>,
}

/// Reads a body.
pub(crate) fn read(body: &[u8]) -> Result<Reading, Unreadable> {
    let body: Body = serde_json::from_slice(body).map_err(|error| Unreadable::Shape {
        line: error.line(),
        column: error.column(),
    })?;
    let choice = body.choices.into_iter().flatten().next();
    let (text, stop) = choice.ok_or(Unreadable::NoChoice)?.read()?;
    let model = body
        .model
        .as_ref()
        .and_then(Value::as_str)
        .map(|name| one_line(name, MAX_MODEL))
        .filter(|name| !name.is_empty());
    Ok(Reading {
        text,
        model,
        usage: usage(&body.usage.unwrap_or_default()),
        stop,
    })
}

impl Choice {
    fn read(self) -> Result<(String, StopReason), Unreadable> {
        if self.error.is_some_and(|error| error.is_object()) {
            return Err(Unreadable::NoChoice);
        }
        let (said, refused) = self.message.map_or((String::new(), false), Message::read);
        if refused {
            return Ok((String::new(), StopReason::Blocked));
        }
        let text = text::answer(&said);
        let stop = match self.finish_reason.as_deref() {
            // Without a reason the text decides, and the caller parses it.
            None | Some("") if said.trim().is_empty() => return Err(Unreadable::Nothing),
            None | Some("" | "stop") if !text.is_empty() => StopReason::Done,
            None | Some("" | "stop" | "length") => StopReason::Length,
            Some("content_filter") => return Ok((String::new(), StopReason::Blocked)),
            Some(_) => StopReason::Other,
        };
        Ok((text.to_owned(), stop))
    }
}

impl Message {
    /// Returns the text, and whether it is a refusal.
    fn read(self) -> (String, bool) {
        let is_said = |text: &Option<String>| text.as_ref().is_some_and(|text| !text.is_empty());
        let refused = is_said(&self.refusal);
        match self.content {
            None => (String::new(), refused),
            Some(Content::Text(text)) => (text, refused),
            Some(Content::Parts(parts)) => {
                let refused = refused || parts.iter().any(|part| is_said(&part.refusal));
                let texts = parts.into_iter().filter_map(|part| part.text);
                (texts.collect(), refused)
            }
        }
    }
}

/// Returns the usage. The prompt's tokens include the cached ones. Some servers count thoughts only in the total.
fn usage(usage: &Value) -> Usage {
    let count = |pointer: &str| usage.pointer(pointer).and_then(Value::as_u64);
    let prompt_tokens = count("/prompt_tokens").unwrap_or(0);
    let rest = count("/total_tokens").map_or(0, |total| total.saturating_sub(prompt_tokens));
    Usage {
        prompt_tokens,
        cached_tokens: count("/prompt_tokens_details/cached_tokens")
            .or_else(|| count("/prompt_cache_hit_tokens"))
            .unwrap_or(0),
        output_tokens: count("/completion_tokens").unwrap_or(0).max(rest),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read_json(body: &Value) -> Result<Reading, Unreadable> {
        read(body.to_string().as_bytes())
    }

    fn choice(content: &Value, reason: &Value) -> Value {
        json!({"choices": [{"index": 0, "finish_reason": reason, "message": {"role": "assistant", "content": content}}]})
    }

    #[test]
    fn an_answer_in_full() {
        let reading = read_json(&json!({
            "id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": "gpt-9-2026",
            "choices": [{
                "index": 0, "logprobs": null, "finish_reason": "stop",
                "message": {
                    "role": "assistant", "content": "<think>hm</think>```json\n{\"a\":1}\n```", "refusal": null,
                    "annotations": [], "reasoning": "hm", "reasoning_details": [{}], "tool_calls": null,
                },
            }],
            "usage": {
                "prompt_tokens": 100, "completion_tokens": 40, "total_tokens": 140,
                "prompt_tokens_details": {"cached_tokens": 60, "audio_tokens": 0},
                "completion_tokens_details": {"reasoning_tokens": 30},
            },
            "provider": "x", "system_fingerprint": "fp",
        }));
        assert_eq!(
            reading.unwrap(),
            Reading {
                text: "{\"a\":1}".to_owned(),
                model: Some("gpt-9-2026".to_owned()),
                usage: Usage {
                    prompt_tokens: 100,
                    cached_tokens: 60,
                    output_tokens: 40
                },
                stop: StopReason::Done,
            }
        );
    }

    #[test]
    fn reasons_to_stop() {
        let text = json!("x");
        for (content, reason, expected) in [
            (&text, json!("stop"), ("x", StopReason::Done)),
            (&text, json!(""), ("x", StopReason::Done)),
            (&text, Value::Null, ("x", StopReason::Done)),
            (&text, json!("length"), ("x", StopReason::Length)),
            (&text, json!("content_filter"), ("", StopReason::Blocked)),
            (&text, json!("tool_calls"), ("x", StopReason::Other)),
            (&text, json!("function_call"), ("x", StopReason::Other)),
            (&text, json!("invented"), ("x", StopReason::Other)),
            (&Value::Null, json!("tool_calls"), ("", StopReason::Other)),
            (&Value::Null, json!("stop"), ("", StopReason::Length)),
            (&json!(" "), json!("stop"), ("", StopReason::Length)),
            (
                &json!("<think>and so on"),
                json!("length"),
                ("", StopReason::Length),
            ),
            (
                &json!("<think>and so on"),
                Value::Null,
                ("", StopReason::Length),
            ),
            (
                &Value::Null,
                json!("content_filter"),
                ("", StopReason::Blocked),
            ),
        ] {
            let reading = read_json(&choice(content, &reason)).unwrap();
            assert_eq!(
                (reading.text.as_str(), reading.stop),
                expected,
                "{content} {reason}"
            );
            assert_eq!(reading.usage, Usage::default());
        }
    }

    #[test]
    fn contents_of_parts_are_joined() {
        let parts = json!([{"type": "text", "text": "{\"a\":"}, {"type": "image", "url": "x"}, {"type": "text", "text": "1}"}]);
        assert_eq!(
            read_json(&choice(&parts, &json!("stop"))).unwrap().text,
            "{\"a\":1}"
        );
    }

    #[test]
    fn refusals_are_blocked() {
        let mut refused = choice(&Value::Null, &json!("stop"));
        refused["choices"][0]["message"]["refusal"] = json!("I can't help with that.");
        let parts = json!([{"type": "refusal", "refusal": "No."}]);
        for body in [refused, choice(&parts, &json!("stop"))] {
            let reading = read_json(&body).unwrap();
            assert_eq!(
                (reading.text.as_str(), reading.stop),
                ("", StopReason::Blocked)
            );
        }
    }

    #[test]
    fn what_is_no_answer_is_said_to_be_none() {
        for body in [
            json!({}),
            json!({"choices": []}),
            json!({"choices": null}),
            json!({"choices": [{}]}),
            json!({"choices": [{"message": {"content": ""}}]}),
            json!({"choices": [{"message": {"content": 7}, "finish_reason": "stop"}]}),
            json!({"choices": [{"finish_reason": "error", "error": {"code": 502}}]}),
            json!({"choices": {"message": {"content": "x"}}}),
            json!({"error": {"code": 429}}),
            json!("x"),
        ] {
            assert!(read_json(&body).is_err(), "{body}");
        }
    }

    #[test]
    fn tokens_are_counted_as_servers_tell_them() {
        for (usage, expected) in [
            (
                json!({"prompt_tokens": 9, "completion_tokens": 5, "total_tokens": 44}),
                (9, 0, 35),
            ),
            (
                json!({"prompt_tokens": 9, "completion_tokens": 5}),
                (9, 0, 5),
            ),
            (
                json!({"prompt_tokens": 9, "prompt_cache_hit_tokens": 4, "total_tokens": 1}),
                (9, 4, 0),
            ),
            (
                json!({"prompt_tokens": -9, "completion_tokens": "5", "total_tokens": 1.5}),
                (0, 0, 0),
            ),
            (json!("none"), (0, 0, 0)),
            (Value::Null, (0, 0, 0)),
        ] {
            let mut body = choice(&json!("x"), &json!("stop"));
            body["usage"] = usage;
            body["model"] = json!(7);
            let reading = read_json(&body).unwrap();
            let found = reading.usage;
            assert_eq!(
                (
                    found.prompt_tokens,
                    found.cached_tokens,
                    found.output_tokens
                ),
                expected
            );
            assert_eq!(reading.model, None);
        }
    }
}
