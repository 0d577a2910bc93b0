//! The `Idempotency-Key`, with which a repeated request has no second effect.

use axum::body::Bytes;
use http::HeaderMap;
use tickmate_core::{desk::RequestId, domain::text::REQUEST_KEY};

use crate::problem::Problem;

const NAME: &str = "Idempotency-Key";

/// Returns the key of a request, if the client sent one.
///
/// # Errors
/// 400 for several keys, or for one that is not 1 to 255 characters without control characters.
pub(super) fn request_id(headers: &HeaderMap, body: &Bytes) -> Result<Option<RequestId>, Problem> {
    let mut keys = headers.get_all(NAME).iter();
    let Some(key) = keys.next() else {
        return Ok(None);
    };
    let (Ok(key), None) = (std::str::from_utf8(key.as_bytes()), keys.next()) else {
        return Err(Problem::malformed_header(
            "Idempotency-Key must be one text",
        ));
    };
    let key = REQUEST_KEY.check(NAME, key);
    let key = key
        .map_err(|error| Problem::malformed_header(format!("{} {}", error.field, error.message)))?;
    Ok(Some(RequestId {
        key,
        body: body.to_vec(),
    }))
}
