//! The question on the wire.

use serde_json::{Map, Value, json};
use tickmate_core::backend::llm::Prompt;

use crate::{
    settings::OpenAiSettings,
    wording::{ResponseForm, Wording},
};

/// The body of a chat completion.
pub(crate) fn body(prompt: &Prompt, settings: &OpenAiSettings, wording: Wording) -> Value {
    let role = settings.instructions_role.as_str();
    let tokens = prompt
        .max_output_tokens
        .saturating_add(settings.thinking_tokens);
    let sampling = &settings.sampling;
    let optional = [
        ("response_format", response_format(prompt, wording.form)),
        ("temperature", sampling.temperature.map(Value::from)),
        ("top_p", sampling.top_p.map(Value::from)),
        ("seed", sampling.seed.map(Value::from)),
        (
            "reasoning_effort",
            settings.reasoning_effort.as_deref().map(Value::from),
        ),
    ];
    let mut members = Map::new();
    members.insert("model".to_owned(), settings.model.trim().into());
    members.insert(
        "messages".to_owned(),
        json!([
            {"role": role, "content": instructions(prompt, settings, wording.form)},
            {"role": "user", "content": prompt.user},
        ]),
    );
    members.insert("stream".to_owned(), false.into());
    members.insert(wording.tokens.as_str().to_owned(), tokens.into());
    members.extend(
        optional
            .into_iter()
            .filter_map(|(name, value)| Some((name.to_owned(), value?))),
    );
    Value::Object(members)
}

/// The schema stands one level down: llama.cpp ignores it, without a word, where it stands beside the type.
fn response_format(prompt: &Prompt, form: ResponseForm) -> Option<Value> {
    match form {
        ResponseForm::JsonSchema => Some(json!({
            "type": "json_schema",
            "json_schema": {"name": "answer", "strict": true, "schema": prompt.schema},
        })),
        ResponseForm::JsonObject => Some(json!({"type": "json_object"})),
        ResponseForm::Prompted => None,
    }
}

fn instructions(prompt: &Prompt, settings: &OpenAiSettings, form: ResponseForm) -> String {
    match form {
        ResponseForm::JsonSchema if !settings.schema_in_prompt => prompt.system.clone(),
        ResponseForm::JsonSchema | ResponseForm::JsonObject | ResponseForm::Prompted => format!(
            "{}\n\nThe answer is one JSON object that this JSON Schema describes, with nothing around it:\n{}",
            prompt.system, prompt.schema
        ),
    }
}

#[cfg(test)]
mod tests {
    use tickmate_ai_http::ApiKey;

    use super::*;
    use crate::{
        settings::{InstructionsRole, Sampling},
        wording::TokenParameter,
    };

    fn sent(change: impl FnOnce(&mut OpenAiSettings)) -> Value {
        let mut settings = OpenAiSettings::openai(ApiKey::new("CANARY-1").unwrap(), " gpt-9 ");
        change(&mut settings);
        let prompt = Prompt {
            system: "Read the ticket.".to_owned(),
            user: "VPN".to_owned(),
            schema: json!({"type": "object"}),
            max_output_tokens: 1_000,
        };
        let body = body(&prompt, &settings, Wording::of(&settings));
        assert!(!body.to_string().contains("CANARY"));
        assert_eq!(
            body["messages"][1],
            json!({"role": "user", "content": "VPN"})
        );
        body
    }

    #[test]
    fn what_is_not_set_is_not_sent() {
        assert_eq!(
            sent(|_| {}),
            json!({
                "model": "gpt-9",
                "messages": [
                    {"role": "system", "content": "Read the ticket."},
                    {"role": "user", "content": "VPN"},
                ],
                "stream": false,
                "max_tokens": 1_000,
                "response_format": {
                    "type": "json_schema",
                    "json_schema": {"name": "answer", "strict": true, "schema": {"type": "object"}},
                },
            })
        );
    }

    #[test]
    fn what_is_set_is_sent() {
        let body = sent(|settings| {
            settings.sampling = Sampling {
                temperature: Some(0.5),
                top_p: Some(0.25),
                seed: Some(-7),
            };
            settings.reasoning_effort = Some("low".to_owned());
            settings.thinking_tokens = 500;
            settings.token_parameter = Some(TokenParameter::MaxCompletionTokens);
            settings.instructions_role = InstructionsRole::Developer;
        });
        for (name, value) in [
            ("temperature", json!(0.5)),
            ("top_p", json!(0.25)),
            ("seed", json!(-7)),
            ("reasoning_effort", json!("low")),
            ("max_completion_tokens", json!(1_500)),
        ] {
            assert_eq!(body[name], value);
        }
        assert!(body.get("max_tokens").is_none());
        assert_eq!(body["messages"][0]["role"], "developer");
    }

    #[test]
    fn a_schema_that_is_not_enforced_stands_in_the_instructions() {
        for (form, in_prompt, format) in [
            (ResponseForm::JsonSchema, true, json!("json_schema")),
            (ResponseForm::JsonObject, false, json!("json_object")),
            (ResponseForm::Prompted, false, Value::Null),
        ] {
            let body = sent(|settings| {
                settings.response_form = form;
                settings.schema_in_prompt = in_prompt;
            });
            assert_eq!(body["response_format"]["type"], format);
            let instructions = body["messages"][0]["content"].as_str().unwrap();
            assert!(instructions.starts_with("Read the ticket.\n"));
            assert!(
                instructions.contains("JSON") && instructions.ends_with("{\"type\":\"object\"}")
            );
        }
    }
}
