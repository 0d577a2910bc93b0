//! Error descriptions for the log: short, without keys, URLs and the ticket's text.

use std::{error::Error, fmt};

use tickmate_core::{
    backend::{BoxError, llm::Prompt},
    domain::text::one_line,
};

use crate::ApiKey;

/// The most characters that are kept of what a provider says.
const MAX_MESSAGE: usize = 200;
/// The most characters of one of its codes.
const MAX_CODE: usize = 60;
/// The minimum length in characters at which a quoted line of a ticket is recognized.
const MIN_QUOTE: usize = 8;

/// The description of a failed exchange.
#[derive(Debug)]
pub struct Failure {
    what: String,
    source: Option<BoxError>,
}

impl Failure {
    /// Makes a failure with this description.
    pub fn new(what: impl Into<String>) -> Self {
        Self {
            what: what.into(),
            source: None,
        }
    }

    /// Makes a failure from the HTTP library's error, from which the URL is removed.
    pub fn http(what: &str, error: reqwest::Error) -> Self {
        Self {
            what: what.to_owned(),
            source: Some(Box::new(error.without_url())),
        }
    }

    /// Makes a failure from a provider's error response: its status, its codes, and its message as far as it may be
    /// logged. The key is hidden, and a message that quotes the question is omitted.
    pub fn said(
        status: u16,
        codes: &[&str],
        message: &str,
        key: Option<&ApiKey>,
        prompt: &Prompt,
    ) -> Self {
        let hidden = |text: &str| match key {
            Some(key) => key.hidden_in(text),
            None => text.to_owned(),
        };
        let mut what = format!("the provider answered {status}");
        let is_code = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
        for code in codes {
            let code = hidden(code);
            if !code.is_empty() && code.len() <= MAX_CODE && code.chars().all(is_code) {
                what.push(' ');
                what.push_str(&code);
            }
        }
        // The key is hidden before truncation, since a truncated key would not be recognized.
        let message = one_line(&hidden(message), MAX_MESSAGE);
        if !message.is_empty() && !quotes(&message, prompt) {
            what.push_str(": ");
            what.push_str(&message);
        }
        Self::new(what)
    }
}

/// Whether a message repeats a line of the question.
fn quotes(message: &str, prompt: &Prompt) -> bool {
    let lines = prompt.user.lines().map(|line| one_line(line, MAX_MESSAGE));
    let mut longer = lines.filter(|line| line.chars().count() >= MIN_QUOTE);
    let escaped = |line: &str| serde_json::Value::from(line).to_string();
    longer.any(|line| {
        let head: String = line.chars().take(2 * MIN_QUOTE).collect();
        message.contains(&head) || message.contains(escaped(&head).trim_matches('"'))
    })
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)
    }
}

impl Error for Failure {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_ref().map(|source| {
            let source: &(dyn Error + 'static) = source.as_ref();
            source
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(codes: &[&str], message: &str) -> String {
        let key = ApiKey::new("CANARY-1").unwrap();
        let prompt = Prompt {
            system: "Read the ticket.".to_owned(),
            user: "Title: VPN\nMy \"secret\" is 12345\nhi".to_owned(),
            schema: serde_json::json!({}),
            max_output_tokens: 1,
        };
        Failure::said(400, codes, message, Some(&key), &prompt).to_string()
    }

    #[test]
    fn codes_and_a_short_message_are_shown() {
        assert_eq!(
            said(
                &["INVALID_ARGUMENT", "", "two words", "a.b-c"],
                "bad\r\nbody"
            ),
            "the provider answered 400 INVALID_ARGUMENT a.b-c: bad body"
        );
        assert!(said(&[], &"x".repeat(9_000)).len() < 300);
        assert_eq!(said(&[], " "), "the provider answered 400");
    }

    #[test]
    fn keys_and_tickets_are_not() {
        assert!(!said(&["CANARY-1"], "api_key:CANARY-1 is wrong").contains("CANARY"));
        let at_the_cut = format!("{}CANARY-1", "x ".repeat(98));
        assert!(!said(&[], &at_the_cut).contains("CANA"));
        for message in [
            "can't read My \"secret\" is 12345",
            "can't read \"My \\\"secret\\\" is 12345\"",
        ] {
            assert_eq!(said(&[], message), "the provider answered 400");
        }
    }
}
