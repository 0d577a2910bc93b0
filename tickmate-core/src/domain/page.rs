//! Pages of lists: keyset pagination with an opaque cursor, so that a page stays the same while rows are added.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

/// The most entries of a page.
pub const MAX_LIMIT: u32 = 100;
/// The default number of entries of a page.
pub const DEFAULT_LIMIT: u32 = 20;

/// A page of a list.
#[derive(Debug, Clone, PartialEq)]
pub struct Page<T> {
    /// The entries of the page, in the requested order.
    pub items: Vec<T>,
    /// Whether more entries follow.
    pub more: bool,
}

impl<T> Page<T> {
    /// Creates a page from up to `limit` + 1 rows: the extra row only shows that more follow.
    pub fn cut(mut rows: Vec<T>, limit: u32) -> Self {
        let limit = limit as usize;
        let more = rows.len() > limit;
        rows.truncate(limit);
        Self { items: rows, more }
    }

    /// Maps the items of the page.
    pub fn map<U>(self, f: impl FnMut(T) -> U) -> Page<U> {
        Page {
            items: self.items.into_iter().map(f).collect(),
            more: self.more,
        }
    }
}

/// The error for a text that is not a cursor of its list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is not a cursor of this list")]
pub struct InvalidCursor;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Envelope<T> {
    /// The version of the cursor's format.
    v: u8,
    /// The list that it belongs to.
    list: String,
    at: T,
}

/// Encodes the place after which the next page starts, bound to the list (`list` identifies filter, order and reader).
pub fn encode_cursor<T: Serialize>(list: &str, at: &T) -> String {
    let envelope = Envelope {
        v: 1,
        list: list.to_owned(),
        at,
    };
    URL_SAFE_NO_PAD.encode(serde_json::to_vec(&envelope).unwrap_or_default())
}

/// Decodes a place.
///
/// # Errors
/// [`InvalidCursor`] unless the text was made by [`encode_cursor`] for the same list.
pub fn decode_cursor<T: DeserializeOwned>(list: &str, cursor: &str) -> Result<T, InvalidCursor> {
    let bytes = URL_SAFE_NO_PAD.decode(cursor).map_err(|_| InvalidCursor)?;
    let envelope: Envelope<T> = serde_json::from_slice(&bytes).map_err(|_| InvalidCursor)?;
    match envelope.v == 1 && envelope.list == list {
        true => Ok(envelope.at),
        false => Err(InvalidCursor),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_belongs_to_one_list() {
        let cursor = encode_cursor("tickets/ann", &(7_u64, "x"));
        assert_eq!(
            decode_cursor("tickets/ann", &cursor),
            Ok((7_u64, "x".to_owned()))
        );
        assert_eq!(
            decode_cursor::<(u64, String)>("tickets/bob", &cursor),
            Err(InvalidCursor)
        );
        for text in ["", "x", "äöü", &cursor[1..], &format!("{cursor}A")] {
            assert_eq!(
                decode_cursor::<(u64, String)>("tickets/ann", text),
                Err(InvalidCursor),
                "{text}"
            );
        }
    }

    #[test]
    fn the_extra_row_only_shows_that_more_follow() {
        assert_eq!(
            Page::cut(vec![1, 2, 3], 2),
            Page {
                items: vec![1, 2],
                more: true
            }
        );
        assert_eq!(
            Page::cut(vec![1, 2], 2),
            Page {
                items: vec![1, 2],
                more: false
            }
        );
    }
}
