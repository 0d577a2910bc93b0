//! The question on the wire.

use serde_json::{Map, Value, json};
use tickmate_core::backend::llm::Prompt;

use crate::settings::{GeminiSettings, Thinking};

/// The most tokens of an answer that any model takes.
const MAX_OUTPUT_TOKENS: u32 = 65_536;

/// The body of `generateContent`. The instructions stand before the ticket, so that the provider can cache them.
pub(crate) fn body(prompt: &Prompt, settings: &GeminiSettings) -> Value {
    json!({
        "systemInstruction": {"parts": [{"text": prompt.system}]},
        "contents": [{"role": "user", "parts": [{"text": prompt.user}]}],
        "generationConfig": generation(prompt, settings),
    })
}

fn generation(prompt: &Prompt, settings: &GeminiSettings) -> Map<String, Value> {
    let room = settings.thinking.map_or(0, Thinking::room);
    let tokens = prompt.max_output_tokens.saturating_add(room);
    let sampling = &settings.sampling;
    let optional = [
        ("thinkingConfig", settings.thinking.map(thinking)),
        ("temperature", sampling.temperature.map(Value::from)),
        ("topP", sampling.top_p.map(Value::from)),
        ("topK", sampling.top_k.map(Value::from)),
        ("seed", sampling.seed.map(Value::from)),
    ];
    let mut members = Map::new();
    // `responseSchema` must be absent beside this, and the MIME type present.
    members.insert("responseJsonSchema".to_owned(), prompt.schema.clone());
    members.insert("responseMimeType".to_owned(), "application/json".into());
    members.insert(
        "maxOutputTokens".to_owned(),
        tokens.min(MAX_OUTPUT_TOKENS).into(),
    );
    members.extend(
        optional
            .into_iter()
            .filter_map(|(name, value)| Some((name.to_owned(), value?))),
    );
    members
}

/// One of the two members: together they are refused.
fn thinking(thinking: Thinking) -> Value {
    match thinking {
        Thinking::Off => json!({"thinkingBudget": 0}),
        Thinking::Dynamic => json!({"thinkingBudget": -1}),
        Thinking::Budget(tokens) => json!({"thinkingBudget": tokens}),
        Thinking::Level(level) => json!({"thinkingLevel": level.as_str()}),
    }
}

#[cfg(test)]
mod tests {
    use tickmate_ai_http::ApiKey;

    use super::*;
    use crate::settings::{Sampling, ThinkingLevel};

    fn config(change: impl FnOnce(&mut GeminiSettings)) -> Value {
        let mut settings = GeminiSettings::new(ApiKey::new("CANARY-1").unwrap(), "m");
        change(&mut settings);
        let prompt = Prompt {
            system: "Read the ticket.".to_owned(),
            user: "VPN".to_owned(),
            schema: json!({"type": "object"}),
            max_output_tokens: 1_000,
        };
        let body = body(&prompt, &settings);
        assert_eq!(
            body["systemInstruction"],
            json!({"parts": [{"text": "Read the ticket."}]})
        );
        assert_eq!(
            body["contents"],
            json!([{"role": "user", "parts": [{"text": "VPN"}]}])
        );
        assert_eq!(body.as_object().unwrap().len(), 3);
        assert!(!body.to_string().contains("CANARY"));
        body["generationConfig"].clone()
    }

    #[test]
    fn what_is_not_set_is_not_sent() {
        assert_eq!(
            config(|_| {}),
            json!({
                "responseJsonSchema": {"type": "object"},
                "responseMimeType": "application/json",
                "maxOutputTokens": 1_000,
            })
        );
    }

    #[test]
    fn sampling_is_sent_where_it_is_set() {
        let config = config(|settings| {
            settings.sampling = Sampling {
                temperature: Some(0.5),
                top_p: Some(0.25),
                top_k: Some(40),
                seed: Some(-7),
            }
        });
        for (name, value) in [
            ("temperature", json!(0.5)),
            ("topP", json!(0.25)),
            ("topK", json!(40)),
            ("seed", json!(-7)),
        ] {
            assert_eq!(config[name], value);
        }
    }

    #[test]
    fn thinking_gets_room_beside_the_answer() {
        for (thinking, sent, tokens) in [
            (Thinking::Off, json!({"thinkingBudget": 0}), 1_000),
            (Thinking::Dynamic, json!({"thinkingBudget": -1}), 25_576),
            (Thinking::Budget(512), json!({"thinkingBudget": 512}), 1_512),
            (
                Thinking::Budget(u32::MAX),
                json!({"thinkingBudget": u32::MAX}),
                65_536,
            ),
            (
                Thinking::Level(ThinkingLevel::Minimal),
                json!({"thinkingLevel": "MINIMAL"}),
                1_000,
            ),
            (
                Thinking::Level(ThinkingLevel::Low),
                json!({"thinkingLevel": "LOW"}),
                2_024,
            ),
            (
                Thinking::Level(ThinkingLevel::Medium),
                json!({"thinkingLevel": "MEDIUM"}),
                9_192,
            ),
            (
                Thinking::Level(ThinkingLevel::High),
                json!({"thinkingLevel": "HIGH"}),
                25_576,
            ),
        ] {
            let config = config(|settings| settings.thinking = Some(thinking));
            assert_eq!(config["thinkingConfig"], sent);
            assert_eq!(config["maxOutputTokens"], tokens);
        }
    }
}
