//! The version of an object that an update is based on: `If-Match`, or `version` in the body.

use deserr::IntoValue;
use http::{HeaderMap, header};
use serde_json::{Map, Value};
use utoipa::openapi::schema::{ObjectBuilder, Type};

use crate::{
    problem::Problem,
    requests::{InvalidInput, whole_number},
};

/// The name of the field in a body.
pub(super) const FIELD: &str = "version";

/// A version that no object has, for tags that are not ours and therefore match nothing.
const NEVER: u64 = u64::MAX;

/// Returns the version of `If-Match`. `*` matches every version; a weak tag counts like a strong one, since proxies
/// weaken tags.
///
/// # Errors
/// 400 for an invalid tag, or for several.
fn if_match(headers: &HeaderMap) -> Result<Option<u64>, Problem> {
    let mut values = headers.get_all(header::IF_MATCH).iter();
    let Some(value) = values.next() else {
        return Ok(None);
    };
    let text = value.to_str().unwrap_or_default().trim();
    if values.next().is_some() || text.contains(',') || text.is_empty() {
        return Err(Problem::malformed_header("If-Match must hold one tag"));
    }
    if text == "*" {
        return Ok(None);
    }
    let tag = text.strip_prefix("W/").unwrap_or(text);
    let quoted = tag.strip_prefix('"').and_then(|tag| tag.strip_suffix('"'));
    let is_number = |tag: &str| !tag.is_empty() && tag.bytes().all(|b| b.is_ascii_digit());
    match quoted {
        Some(tag) if is_number(tag) => Ok(Some(tag.parse().unwrap_or(NEVER))),
        Some(_) => Ok(Some(NEVER)),
        None if is_number(tag) => Ok(Some(tag.parse().unwrap_or(NEVER))),
        None => Err(Problem::malformed_header("If-Match must hold one tag")),
    }
}

/// Returns the version that the update expects, if there is one, and removes the field from `members`.
///
/// # Errors
/// 400 for an invalid header. An error of the field is added to `invalid`.
pub(super) fn expected(
    headers: &HeaderMap,
    members: Option<&mut Map<String, Value>>,
    invalid: &mut InvalidInput,
) -> Result<Option<u64>, Problem> {
    let header = if_match(headers)?;
    let field = members.and_then(|members| members.remove(FIELD));
    let field = field.and_then(|value| {
        let version = whole_number(&value.into_value());
        if version.is_none() {
            invalid.add(
                FIELD,
                "must be a whole number, neither negative nor too large",
            );
        }
        version
    });
    match (header, field) {
        (Some(header), Some(field)) if header != field => {
            invalid.add(FIELD, "is another than that of If-Match");
            Ok(header.into())
        }
        (header, field) => Ok(header.or(field)),
    }
}

/// Documents the field.
pub(super) fn schema() -> ObjectBuilder {
    ObjectBuilder::new()
        .schema_type(Type::Integer)
        .minimum(Some(0))
        .description(Some(
            "The version that the update expects, like `If-Match`: refused where a person changed one of the same \
             fields since.",
        ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_versions() {
        for (text, expected) in [
            ("\"3\"", Some(Some(3))),
            ("W/\"3\"", Some(Some(3))),
            ("3", Some(Some(3))),
            ("*", Some(None)),
            ("\"abc\"", Some(Some(NEVER))),
            ("\"99999999999999999999\"", Some(Some(NEVER))),
            ("\"3\", \"4\"", None),
            ("", None),
            ("abc", None),
            ("\"3", None),
        ] {
            let headers = HeaderMap::from_iter([(header::IF_MATCH, text.parse().unwrap())]);
            assert_eq!(if_match(&headers).ok(), expected, "{text}");
        }
        assert_eq!(if_match(&HeaderMap::new()).ok(), Some(None));
    }
}
