//! Strict JSON: no duplicate keys, no numbers out of range, limited nesting.

use std::fmt;

use http::{HeaderMap, header};
use serde::{
    Deserialize, Deserializer,
    de::{Error, MapAccess, SeqAccess, Visitor},
};
use serde_json::{Map, Number, Value};

use crate::problem::Problem;

/// Reads a body as JSON.
///
/// # Errors
/// 400 for invalid JSON or a duplicate key; 415 if the body was not sent as JSON, or was encoded.
pub(crate) fn parse(headers: &HeaderMap, body: &[u8]) -> Result<Value, Problem> {
    if body.is_empty() {
        return Err(Problem::malformed_json("a body is needed"));
    }
    if !is_json(headers) {
        return Err(Problem::unsupported_media_type());
    }
    if !is_plain(headers) {
        return Err(Problem::encoded_body());
    }
    let parsed: Result<Strict, _> = serde_json::from_slice(body);
    parsed.map(|Strict(value)| value).map_err(|error| {
        Problem::malformed_json(format!(
            "the body is not valid JSON (line {}, column {})",
            error.line(),
            error.column()
        ))
    })
}

/// Returns whether the only content type is JSON in UTF-8.
fn is_json(headers: &HeaderMap) -> bool {
    let mut types = headers.get_all(header::CONTENT_TYPE).iter();
    let (Some(value), None) = (types.next(), types.next()) else {
        return false;
    };
    let Ok(value) = value.to_str() else {
        return false;
    };
    let mut parts = value.split(';').map(str::trim);
    let essence = parts.next().unwrap_or_default().to_ascii_lowercase();
    let json = essence == "application/json"
        || (essence.starts_with("application/") && essence.ends_with("+json"));
    let other_charset = parts
        .filter_map(|parameter| parameter.split_once('='))
        .filter(|(name, _)| name.trim().eq_ignore_ascii_case("charset"))
        .any(|(_, set)| !set.trim().trim_matches('"').eq_ignore_ascii_case("utf-8"));
    json && !other_charset
}

/// Returns whether the body has no content encoding: compression is not supported.
fn is_plain(headers: &HeaderMap) -> bool {
    headers
        .get_all(header::CONTENT_ENCODING)
        .iter()
        .all(|value| {
            value.to_str().is_ok_and(|codings| {
                let mut codings = codings.split(',').map(str::trim);
                codings.all(|coding| coding.is_empty() || coding.eq_ignore_ascii_case("identity"))
            })
        })
}

/// A value whose objects have no duplicate keys.
struct Strict(Value);

impl<'de> Deserialize<'de> for Strict {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(StrictVisitor).map(Self)
    }
}

struct StrictVisitor;

impl<'de> Visitor<'de> for StrictVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        let number = Number::from_f64(value).ok_or_else(|| E::custom("number out of range"))?;
        Ok(Value::Number(number))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut values = Vec::new();
        while let Some(Strict(value)) = items.next_element()? {
            values.push(value);
        }
        Ok(Value::Array(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut map = Map::new();
        while let Some((key, Strict(value))) = entries.next_entry::<String, _>()? {
            if map.insert(key, value).is_some() {
                return Err(A::Error::custom("a key stands twice"));
            }
        }
        Ok(Value::Object(map))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(content_type: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(header::CONTENT_TYPE, content_type.parse().unwrap())])
    }

    #[test]
    fn what_is_no_json_is_refused() {
        let json = typed("application/json");
        let deep = "[".repeat(100_000);
        let digits = "9".repeat(400);
        let bodies: [&[u8]; 13] = [
            b"",
            b"{",
            b"{} x",
            b"{'a':1}",
            b"1e999",
            digits.as_bytes(),
            deep.as_bytes(),
            b"{\"a\":1,\"a\":1}",
            b"[{\"a\":1,\"\\u0061\":2}]",
            b"\"\\ud800\"",
            b"\"\xff\"",
            b"\xef\xbb\xbf{}",
            b"{\0}",
        ];
        for body in bodies {
            assert!(
                parse(&json, body).is_err(),
                "{:?}",
                &body[..body.len().min(20)]
            );
        }
    }

    #[test]
    fn values_survive() {
        let text = r#"{"a":[1,-2,3.5,true,null,"ä"],"b":{}}"#;
        let value = parse(&typed("application/json"), text.as_bytes()).unwrap();
        assert_eq!(value.to_string(), text);
    }

    #[test]
    fn the_type_must_be_said() {
        for content_type in [
            "application/json",
            "Application/JSON; charset=UTF-8",
            "application/merge-patch+json",
            "application/json; charset=\"utf-8\"",
        ] {
            assert!(is_json(&typed(content_type)), "{content_type}");
        }
        for content_type in [
            "text/plain",
            "application/x-www-form-urlencoded",
            "text/json",
            "application/json; charset=utf-16",
            "application/jsonx",
            "",
        ] {
            assert!(!is_json(&typed(content_type)), "{content_type}");
        }
        assert!(!is_json(&HeaderMap::new()));
    }
}
