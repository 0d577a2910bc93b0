//! On which version of an object an update was made: `If-Match`, or `version` in the body.

use http::{HeaderMap, header};

use super::Fields;
use crate::problem::Problem;

/// A version that no object has: what names none of ours matches none.
const NEVER: u64 = u64::MAX;

/// The version of `If-Match`. `*` is any; a weak tag counts like a strong one, since proxies weaken tags.
///
/// # Errors
/// 400 for what is no tag, or several.
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

/// The version that the update expects, if it says one.
///
/// # Errors
/// 400 for a header that can't be read. What is wrong with the field is noted there.
pub(super) fn expected(headers: &HeaderMap, fields: &mut Fields) -> Result<Option<u64>, Problem> {
    let header = if_match(headers)?;
    let field = fields.whole_number_if("version");
    match (header, field) {
        (Some(header), Some(field)) if header != field => {
            fields.refuse("version", "is another than that of If-Match");
            Ok(header.into())
        }
        (header, field) => Ok(header.or(field)),
    }
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
