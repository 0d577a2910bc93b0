//! Which models come of which variables.

use super::{super::Settings, provider::needs_schema_in_prompt, *};

const KEY: &str = "CANARY-f1e2d3";

fn read(values: &[(&str, &str)]) -> Result<Settings, Vec<String>> {
    let values = values
        .iter()
        .map(|(name, value)| ((*name).to_owned(), value.into()));
    Settings::read(&Values::new(values, Vec::new()))
        .map_err(|problems| problems.iter().map(ToString::to_string).collect())
}

fn words(settings: &Settings) -> Vec<String> {
    settings
        .models
        .chain
        .iter()
        .map(Model::description)
        .collect()
}

#[test]
fn without_keys_nobody_is_asked() {
    let settings = read(&[]).unwrap();
    assert!(settings.models.chain.is_empty() && settings.models.by.is_empty());
    assert_eq!(settings.models.budget, Budget::default());
    assert_eq!(settings.models.concurrency, 4);
}

#[test]
fn a_key_alone_is_enough() {
    let settings = read(&[("GEMINI_API_KEY", KEY)]).unwrap();
    let gemini = "gemini (gemini-3.5-flash-lite at generativelanguage.googleapis.com)";
    assert_eq!(words(&settings), [gemini]);
    assert_eq!(settings.models.by, ["GEMINI_API_KEY"]);
    let settings = read(&[("OPENAI_API_KEY", KEY)]).unwrap();
    assert_eq!(words(&settings), ["openai (gpt-5-mini at api.openai.com)"]);
    assert!(settings.warnings.is_empty(), "{:?}", settings.warnings);
}

#[test]
fn everything_can_be_set_and_no_key_is_shown() {
    let settings = read(&[
        ("GEMINI_API_KEY", " CANARY-f1e2d3 "),
        ("GEMINI_MODEL", "models/gemini-9"),
        ("GEMINI_BASE_URL", "https://proxy.example.org/g/v1"),
        ("OPENAI_API_KEY", KEY),
        ("OPENAI_MODEL", "gpt-9"),
        ("OPENAI_BASE_URL", "http://[::1]:8000/v1/"),
        ("AI_CHAIN", "OpenAI, gemini"),
        ("AI_DAILY_CALLS", "500"),
        ("AI_DAILY_TOKENS", "2000000"),
        ("AI_CONCURRENCY", "12"),
        ("AI_TIMEOUT_SECONDS", "30"),
    ])
    .unwrap();
    assert_eq!(
        words(&settings),
        [
            "openai (gpt-9 at [::1]:8000)",
            "gemini (gemini-9 at proxy.example.org)",
        ]
    );
    assert_eq!(
        settings.models.by,
        ["OPENAI_API_KEY", "GEMINI_API_KEY", "AI_CHAIN"]
    );
    assert_eq!(
        settings.models.budget,
        Budget {
            calls: Some(500),
            tokens: Some(2_000_000),
        }
    );
    assert_eq!(settings.models.concurrency, 12);
    for model in &settings.models.chain {
        assert_eq!(model.timeout.as_secs(), 30);
    }
    assert!(settings.warnings.is_empty(), "{:?}", settings.warnings);
    assert!(!format!("{settings:?}").contains("CANARY"));
}

#[test]
fn the_least_budget_can_be_set() {
    let least = [
        ("GEMINI_API_KEY", KEY),
        ("AI_DAILY_CALLS", "1"),
        ("AI_DAILY_TOKENS", "20000"),
    ];
    let budget = read(&least).unwrap().models.budget;
    assert_eq!((budget.calls, budget.tokens), (Some(1), Some(20_000)));
}

#[test]
fn only_openai_itself_is_trusted_to_hold_its_models_to_a_schema() {
    for (base_url, is_repeated) in [
        (openai::OPENAI_BASE_URL, false),
        ("https://api.openai.com/v1/", false),
        ("http://localhost:11434/v1", true),
    ] {
        assert_eq!(needs_schema_in_prompt(base_url), is_repeated, "{base_url}");
    }
}

#[test]
fn a_local_server_needs_no_key_but_a_model() {
    let ollama = ("OPENAI_BASE_URL", "http://localhost:11434/v1");
    let settings = read(&[ollama, ("OPENAI_MODEL", "qwen3:8b")]).unwrap();
    assert_eq!(words(&settings), ["openai (qwen3:8b at localhost:11434)"]);
    assert_eq!(settings.models.by, ["OPENAI_BASE_URL"]);
    assert_eq!(
        read(&[ollama]).unwrap_err(),
        ["OPENAI_MODEL is missing: OPENAI_BASE_URL is set without OPENAI_API_KEY"]
    );
}

#[test]
fn a_wrong_value_is_one_line_that_names_it_and_does_not_show_it() {
    let https = "must be https: over http others on the network could read tickets and key (http is allowed for this machine alone)";
    let chain = "must be gemini, openai, or both with a comma between";
    let most = "must be a number from 1 on; without it there is no bound";
    let tokens = "must be a number from 20000 on, as one question takes up to some ten thousand; without it there is no bound";
    for (name, value, what) in [
        (
            "GEMINI_API_KEY",
            "CANARY two",
            "holds characters that no key has",
        ),
        (
            "OPENAI_API_KEY",
            "CANARYä",
            "holds characters that no key has",
        ),
        ("GEMINI_MODEL", "../CANARY", "is no name of a model"),
        ("OPENAI_MODEL", "CANARY\nx", "is no name of a model"),
        ("GEMINI_BASE_URL", "CANARY", "is no URL"),
        (
            "GEMINI_BASE_URL",
            "ftp://CANARY",
            "is no URL of http or https",
        ),
        ("GEMINI_BASE_URL", "http://canary.example.org", https),
        ("OPENAI_BASE_URL", "http://10.0.0.1/CANARY", https),
        (
            "OPENAI_BASE_URL",
            "https://u:CANARY@x.org",
            "holds a login; keys belong into their own variable",
        ),
        (
            "OPENAI_BASE_URL",
            "https://x.org?CANARY",
            "holds a query or a fragment",
        ),
        ("AI_CHAIN", "CANARY", chain),
        ("AI_CHAIN", "gemini,", chain),
        ("AI_CHAIN", "gemini, openai, gemini", "names gemini twice"),
        ("AI_DAILY_CALLS", "0", most),
        ("AI_DAILY_CALLS", "CANARY", most),
        ("AI_DAILY_TOKENS", "-1", tokens),
        ("AI_DAILY_TOKENS", "19999", tokens),
        ("AI_CONCURRENCY", "0", "must be a number from 1 to 12"),
        ("AI_CONCURRENCY", "13", "must be a number from 1 to 12"),
        ("AI_TIMEOUT_SECONDS", "31", "must be a number from 1 to 30"),
        ("AI_TIMEOUT_SECONDS", "0.5", "must be a number from 1 to 30"),
    ] {
        let mut values = vec![("GEMINI_API_KEY", KEY), ("OPENAI_API_KEY", KEY)];
        values.retain(|(other, _)| *other != name);
        values.push((name, value));
        let lines = read(&values).unwrap_err();
        assert_eq!(lines, [format!("{name} {what}")], "{value}");
    }
    // Without a key tickets travel encrypted, too.
    let open = [
        ("OPENAI_BASE_URL", "http://ollama:11434/v1"),
        ("OPENAI_MODEL", "x"),
    ];
    assert_eq!(
        read(&open).unwrap_err(),
        [format!("OPENAI_BASE_URL {https}")]
    );
}

#[test]
fn a_chain_names_only_who_is_set_up() {
    let openai = ("OPENAI_API_KEY", KEY);
    assert_eq!(
        read(&[openai, ("AI_CHAIN", "gemini,openai")]).unwrap_err(),
        ["AI_CHAIN names gemini, but GEMINI_API_KEY is not set"]
    );
    assert_eq!(
        read(&[("AI_CHAIN", "openai")]).unwrap_err(),
        ["AI_CHAIN names openai, but neither OPENAI_API_KEY nor OPENAI_BASE_URL is set"]
    );
    let settings = read(&[openai, ("GEMINI_API_KEY", KEY), ("AI_CHAIN", "openai")]).unwrap();
    assert_eq!(settings.models.chain.len(), 1);
    assert_eq!(
        settings.warnings,
        ["GEMINI_API_KEY is set, but has no effect: AI_CHAIN does not name gemini"]
    );
}

#[test]
fn what_has_no_effect_is_said() {
    for (name, value, why) in [
        ("GEMINI_MODEL", "gemini-9", "GEMINI_API_KEY is not set"),
        (
            "GEMINI_BASE_URL",
            "https://x.org",
            "GEMINI_API_KEY is not set",
        ),
        (
            "OPENAI_MODEL",
            "gpt-9",
            "neither OPENAI_API_KEY nor OPENAI_BASE_URL is set",
        ),
        ("AI_DAILY_CALLS", "5", "no model is set up"),
        ("AI_DAILY_TOKENS", "20000", "no model is set up"),
        ("AI_CONCURRENCY", "5", "no model is set up"),
        ("AI_TIMEOUT_SECONDS", "5", "no model is set up"),
    ] {
        let settings = read(&[(name, value)]).unwrap();
        assert_eq!(
            settings.warnings,
            [format!("{name} is set, but has no effect: {why}")]
        );
    }
}
