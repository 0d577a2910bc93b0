//! The wording of a question: what a server accepts, as learned from its refusals.

use std::sync::{Mutex, PoisonError};

use crate::{failure::ErrorBody, settings::OpenAiSettings};

/// How JSON is requested for the answer, strictest first.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum ResponseForm {
    /// `json_schema`: the server holds the answer to the schema, if it does as it says.
    #[default]
    JsonSchema,
    /// `json_object`: the server holds the answer to JSON; the schema stands in the instructions.
    JsonObject,
    /// Nothing: the schema stands in the instructions.
    Prompted,
}

/// The name of the token limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenParameter {
    /// `max_tokens`, which most servers know.
    MaxTokens,
    /// `max_completion_tokens`, which OpenAI's models that think want instead.
    MaxCompletionTokens,
}

impl TokenParameter {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::MaxTokens => "max_tokens",
            Self::MaxCompletionTokens => "max_completion_tokens",
        }
    }

    const fn other(self) -> Self {
        match self {
            Self::MaxTokens => Self::MaxCompletionTokens,
            Self::MaxCompletionTokens => Self::MaxTokens,
        }
    }
}

/// A wording.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Wording {
    pub(crate) form: ResponseForm,
    pub(crate) tokens: TokenParameter,
    /// Whether the other name of the cap may be tried.
    is_renamable: bool,
}

impl Wording {
    pub(crate) fn of(settings: &OpenAiSettings) -> Self {
        Self {
            form: settings.response_form,
            tokens: settings
                .token_parameter
                .unwrap_or(TokenParameter::MaxTokens),
            is_renamable: settings.token_parameter.is_none(),
        }
    }

    /// Returns the next wording to try after a refusal; `None` if the refusal has another reason. The sequence is
    /// finite: forms only become less strict, and the limit is renamed once.
    pub(crate) fn after(self, said: &ErrorBody) -> Option<Self> {
        if !matches!(said.status, 400 | 422) {
            return None;
        }
        if self.is_renamable && said.is_about_parameter(self.tokens.as_str()) {
            return Some(Self {
                tokens: self.tokens.other(),
                is_renamable: false,
                ..self
            });
        }
        let form = match self.form {
            ResponseForm::JsonSchema => ResponseForm::JsonObject,
            ResponseForm::JsonObject => ResponseForm::Prompted,
            ResponseForm::Prompted => return None,
        };
        said.is_about_form().then_some(Self { form, ..self })
    }
}

/// The wording that the server accepted last, for the lifetime of this value.
#[derive(Debug)]
pub(crate) struct LearnerStatus(Mutex<Wording>);

impl LearnerStatus {
    pub(crate) const fn new(wording: Wording) -> Self {
        Self(Mutex::new(wording))
    }

    pub(crate) fn wording(&self) -> Wording {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Stores an accepted wording, and returns whether it differs from the previous one. Of two concurrent questions,
    /// neither discards what the other learned about the form.
    pub(crate) fn remember(&self, taken: Wording) -> bool {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let next = Wording {
            form: known.form.max(taken.form),
            ..taken
        };
        std::mem::replace(&mut *known, next) != next
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn refused(status: u16, param: &str, message: &str) -> ErrorBody {
        let code = (!param.is_empty()).then_some("unsupported_parameter");
        let error = json!({"error": {"message": message, "param": param, "code": code}});
        ErrorBody::of(status, error.to_string().as_bytes())
    }

    const FIRST: Wording = Wording {
        form: ResponseForm::JsonSchema,
        tokens: TokenParameter::MaxTokens,
        is_renamable: true,
    };

    #[test]
    fn forms_go_down_where_the_refusal_is_about_them() {
        for message in [
            "Invalid parameter: 'response_format' of type 'json_schema' is not supported with this model.",
            "This response_format type is unavailable now",
            "This model does not support response format `json_schema`.",
            "'response_format.type' must be 'json_schema' or 'text'",
            "Invalid JSON schema: strict mode needs …",
            "Structured outputs are not supported",
            "failed to parse grammar",
        ] {
            for status in [400, 422] {
                let said = refused(status, "", message);
                let second = FIRST.after(&said).unwrap();
                assert_eq!(second.form, ResponseForm::JsonObject);
                let third = second.after(&said).unwrap();
                assert_eq!(third.form, ResponseForm::Prompted);
                assert_eq!(third.after(&said), None);
            }
        }
    }

    #[test]
    fn the_cap_is_renamed_once() {
        let said = refused(
            400,
            "max_tokens",
            "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
        );
        let second = FIRST.after(&said).unwrap();
        assert_eq!(second.tokens, TokenParameter::MaxCompletionTokens);
        assert_eq!(second.form, ResponseForm::JsonSchema);
        let back = refused(400, "max_completion_tokens", "unknown field");
        assert_eq!(second.after(&back), None);

        let newer = Wording {
            tokens: TokenParameter::MaxCompletionTokens,
            ..FIRST
        };
        assert_eq!(
            newer.after(&back).unwrap().tokens,
            TokenParameter::MaxTokens
        );
        let set = Wording {
            is_renamable: false,
            ..FIRST
        };
        assert_eq!(set.after(&said), None);
    }

    #[test]
    fn other_refusals_teach_nothing() {
        for said in [
            refused(400, "temperature", "Unsupported value"),
            refused(
                400,
                "",
                "maximum context length is 8192 tokens; reduce max_tokens or the prompt",
            ),
            refused(401, "response_format", "response_format"),
            refused(429, "max_tokens", "max_tokens"),
            refused(500, "", "json_schema"),
            refused(404, "", "response_format"),
        ] {
            assert_eq!(FIRST.after(&said), None, "{said:?}");
        }
    }

    #[test]
    fn what_was_learned_stays() {
        let learned = LearnerStatus::new(FIRST);
        assert!(!learned.remember(FIRST));
        let prompted = Wording {
            form: ResponseForm::Prompted,
            ..FIRST
        };
        assert!(learned.remember(prompted));
        assert!(!learned.remember(FIRST));
        assert_eq!(learned.wording(), prompted);
    }
}
