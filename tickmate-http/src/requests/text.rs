//! Texts of a shape: checked by the rules of the core, and documented by the same rules.

use std::borrow::Cow;

use deserr::{DeserializeError, Deserr, IntoValue, Value, ValueKind, ValuePointerRef};
use tickmate_core::domain::text::{BODY, CATEGORY, SKILL, TITLE, TextRule};
use utoipa::{
    __dev::ComposeSchema,
    ToSchema,
    openapi::{
        RefOr,
        schema::{ObjectBuilder, Schema, Type},
    },
};

use super::invalid::{invalid, wrong_type};

/// A text of `MIN` to `MAX` characters, on several lines if `LINES` is set.
///
/// Control characters and texts of white space alone are refused; a text on one line is trimmed. Fields use an alias of it,
/// such as [`Title`] or [`Message`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text<const MIN: usize, const MAX: usize, const LINES: bool>(String);

/// The title of a ticket, in the body of a request: 1 to 200 characters on one line.
pub type Title = Text<{ TITLE.min() }, { TITLE.max() }, { TITLE.has_lines() }>;
/// The description of a ticket, or a reply, in the body of a request: 1 to 20,000 characters on any number of lines.
pub type Message = Text<{ BODY.min() }, { BODY.max() }, { BODY.has_lines() }>;
/// A category or a type of tickets.
pub(crate) type Category = Text<{ CATEGORY.min() }, { CATEGORY.max() }, { CATEGORY.has_lines() }>;
/// The name of a skill.
pub(crate) type SkillName = Text<{ SKILL.min() }, { SKILL.max() }, { SKILL.has_lines() }>;

/// Any text of `MIN` to `MAX` characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct AnyText<const MIN: usize, const MAX: usize>(String);

impl<const MIN: usize, const MAX: usize> From<AnyText<MIN, MAX>> for String {
    fn from(text: AnyText<MIN, MAX>) -> Self {
        text.0
    }
}

impl<const MIN: usize, const MAX: usize, E: DeserializeError> Deserr<E> for AnyText<MIN, MAX> {
    fn deserialize_from_value<V: IntoValue>(
        value: Value<V>,
        place: ValuePointerRef<'_>,
    ) -> Result<Self, E> {
        let Value::String(text) = value else {
            return Err(wrong_type(place, value, &[ValueKind::String]));
        };
        match (MIN..=MAX).contains(&text.chars().count()) {
            true => Ok(Self(text)),
            false => Err(invalid(
                place,
                format!("must have {MIN} to {MAX} characters"),
            )),
        }
    }
}

impl<const MIN: usize, const MAX: usize> ToSchema for AnyText<MIN, MAX> {
    fn name() -> Cow<'static, str> {
        format!("Text{MIN}To{MAX}").into()
    }
}

impl<const MIN: usize, const MAX: usize> ComposeSchema for AnyText<MIN, MAX> {
    fn compose(_: Vec<RefOr<Schema>>) -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .min_length(Some(MIN))
            .max_length(Some(MAX))
            .into()
    }
}

impl<const MIN: usize, const MAX: usize, const LINES: bool> Text<MIN, MAX, LINES> {
    const RULE: TextRule = TextRule::new(MIN, MAX, LINES);
}

impl<const MIN: usize, const MAX: usize, const LINES: bool> From<Text<MIN, MAX, LINES>> for String {
    fn from(text: Text<MIN, MAX, LINES>) -> Self {
        text.0
    }
}

impl<const MIN: usize, const MAX: usize, const LINES: bool, E: DeserializeError> Deserr<E>
    for Text<MIN, MAX, LINES>
{
    fn deserialize_from_value<V: IntoValue>(
        value: Value<V>,
        place: ValuePointerRef<'_>,
    ) -> Result<Self, E> {
        let Value::String(text) = value else {
            return Err(wrong_type(place, value, &[ValueKind::String]));
        };
        let checked = Self::RULE.check("", &text);
        let checked = checked.map_err(|error| invalid::<E>(place, error.message))?;
        Ok(Self(checked))
    }
}

impl<const MIN: usize, const MAX: usize, const LINES: bool> ToSchema for Text<MIN, MAX, LINES> {
    fn name() -> Cow<'static, str> {
        let kind = if LINES { "Lines" } else { "Line" };
        format!("{kind}{MIN}To{MAX}").into()
    }
}

impl<const MIN: usize, const MAX: usize, const LINES: bool> ComposeSchema
    for Text<MIN, MAX, LINES>
{
    fn compose(_: Vec<RefOr<Schema>>) -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .min_length(Some(MIN))
            .max_length(Some(MAX))
            .pattern(Some(pattern(LINES)))
            .into()
    }
}

/// Returns what the texts match that [`TextRule`] takes, beside their length: no control characters, and not white
/// space alone.
pub(super) fn pattern(lines: bool) -> String {
    let forbidden = match lines {
        true => r"\x00-\x08\x0B\x0C\x0E-\x1F\x7F-\x9F",
        false => r"\x00-\x1F\x7F-\x9F\u2028-\u202E\u2066-\u2069",
    };
    format!(r"^[^{forbidden}]*[^\s{forbidden}][^{forbidden}]*$")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;
    use crate::requests::InvalidInput;

    fn agree<T: Deserr<InvalidInput> + ToSchema>(text: &str) -> Result<(), TestCaseError> {
        let is_taken = deserr::deserialize::<T, Value, InvalidInput>(json!(text)).is_ok();
        let schema = serde_json::to_value(T::schema()).unwrap();
        let is_documented = jsonschema::is_valid(&schema, &json!(text));
        // A text may stand between spaces that are cut off: the document promises less than is taken.
        prop_assert!(is_taken || !is_documented, "{text:?}");
        if text.trim() == text {
            prop_assert_eq!(is_taken, is_documented, "{:?}", text);
        }
        Ok(())
    }

    proptest! {
        #[test]
        fn the_schema_is_the_rule(text in any::<String>(), part in "[\\PC\n\r\t\u{85}\u{2028}\u{202e}\u{2066} ]{0,70}") {
            for text in [text, part] {
                agree::<Category>(&text)?;
                agree::<Message>(&text)?;
            }
        }
    }

    #[test]
    fn lengths_are_those_of_the_core() {
        for (length, is_taken) in [(1, true), (200, true), (201, false)] {
            let text = json!("ä".repeat(length));
            let read = deserr::deserialize::<Title, Value, InvalidInput>(text);
            assert_eq!(read.is_ok(), is_taken, "{length}");
        }
    }
}
