//! The answer within a message: without what the model thought aloud, and without a code fence around it. Prose
//! around the JSON is left to whoever parses it.

/// What a model may put its thoughts between.
const THOUGHTS: [(&str, &str); 2] = [("<think>", "</think>"), ("<thinking>", "</thinking>")];

/// The answer. Thoughts that don't end leave nothing.
pub(crate) fn answer(message: &str) -> &str {
    without_fence(without_thoughts(message).trim())
}

fn without_thoughts(message: &str) -> &str {
    let mut rest = message.trim_start();
    while let Some((_, end, thoughts)) = THOUGHTS
        .iter()
        .find_map(|(begin, end)| Some((begin, end, rest.strip_prefix(begin)?)))
    {
        rest = match thoughts.split_once(end) {
            Some((_, after)) => after.trim_start(),
            None => return "",
        };
    }
    // Some servers eat the begin. In JSON the end would be a part of a text.
    if rest.starts_with(['{', '[', '`']) {
        return rest;
    }
    THOUGHTS
        .iter()
        .find_map(|(_, end)| Some(rest.split_once(end)?.1))
        .unwrap_or(rest)
}

fn without_fence(text: &str) -> &str {
    let Some(inner) = text.strip_prefix("```") else {
        return text;
    };
    let inner = inner.trim_start_matches(|c: char| c.is_ascii_alphanumeric());
    let inner = match inner.rsplit_once("```") {
        Some((inner, _)) => inner.trim(),
        None => inner.trim(),
    };
    match inner.starts_with(['{', '[']) {
        true => inner,
        false => text,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{prop_assert, proptest};

    use super::*;

    #[test]
    fn thoughts_and_fences_are_taken_off() {
        for (message, expected) in [
            ("{\"a\":1}", "{\"a\":1}"),
            (" \n{\"a\":1}\n", "{\"a\":1}"),
            ("<think>a {\"b\":2}</think>\n\n{\"a\":1}", "{\"a\":1}"),
            ("<think></think><think>x</think>{}", "{}"),
            ("<thinking>x</thinking>{}", "{}"),
            ("so be it</think>{}", "{}"),
            ("<think>never ends {\"a\":1}", ""),
            ("{\"a\":\"</think>\"}", "{\"a\":\"</think>\"}"),
            (
                "<think>x</think>{\"a\":\"</think>\"}",
                "{\"a\":\"</think>\"}",
            ),
            ("```json\n{\"a\":1}\n```", "{\"a\":1}"),
            ("```\n{\"a\":1}\n```\nAnything else?", "{\"a\":1}"),
            ("```JSON {\"a\":1}```", "{\"a\":1}"),
            ("```json\n{\"a\":\"```\"}\n```", "{\"a\":\"```\"}"),
            ("```json\n{\"a\":1}", "{\"a\":1}"),
            ("<think>x</think>```json\n[1]\n```", "[1]"),
            ("```\nno json\n```", "```\nno json\n```"),
            ("Here it is: {\"a\":1}", "Here it is: {\"a\":1}"),
            ("", ""),
            ("```", "```"),
            ("<think>", ""),
        ] {
            assert_eq!(answer(message), expected, "{message}");
        }
    }

    proptest! {
        #[test]
        fn nothing_panics(message in "(<think>|</think>|```|json|[{}a\\n ä])*") {
            prop_assert!(answer(&message).len() <= message.len());
        }

        #[test]
        fn objects_stay_as_they_are(text: String) {
            let object = serde_json::json!({"a": text}).to_string();
            prop_assert!(answer(&object) == object);
            let thought = format!("<think>hm</think>\n```json\n{object}\n```");
            prop_assert!(answer(&thought) == object);
        }
    }
}
