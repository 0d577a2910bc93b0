//! The `Idempotency-Key` of a request that must happen once, however often it is sent.

use axum::body::Bytes;
use http::HeaderMap;
use tickmate_core::desk::RequestId;

use crate::problem::Problem;

const NAME: &str = "Idempotency-Key";

/// What the client calls its request, if it calls it anything.
///
/// # Errors
/// 400 for several keys, or one that is no text.
pub(super) fn request_id(headers: &HeaderMap, body: &Bytes) -> Result<Option<RequestId>, Problem> {
    let mut keys = headers.get_all(NAME).iter();
    let Some(key) = keys.next() else {
        return Ok(None);
    };
    match (std::str::from_utf8(key.as_bytes()), keys.next()) {
        (Ok(key), None) => Ok(Some(RequestId {
            key: key.to_owned(),
            body: body.to_vec(),
        })),
        _ => Err(Problem::malformed_header(
            "Idempotency-Key must be one text",
        )),
    }
}
