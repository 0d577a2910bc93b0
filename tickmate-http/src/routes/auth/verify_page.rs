//! `GET /auth/verify`: where the link of a mail leads. It never uses the token up, since programs that scan mails
//! follow links too: a person presses the button.

use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderValue, header};

use crate::answer::{Answer, Nothing};

/// The same bytes for everybody. What is in the query is read by the page's own script alone.
const PAGE: &str = include_str!("verify_page.html");

/// Nothing but the page's own script runs. The hash is that of the text between its tags.
const POLICY: &str = "default-src 'none'; script-src 'sha256-WKnMno6VUdYYI0KOOIn83+v4WZFB0369tAXEKlLSOPw='; \
    connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// Says how to verify the address that a link is for.
///
/// It never uses the token up.
#[utoipa::path(
    get,
    path = "/auth/verify",
    operation_id = "showVerification",
    tag = "accounts",
    responses((
        status = OK,
        description = "How to verify the address; a page where the client accepts HTML.",
        content((Answer<Nothing> = "application/json"), (String = "text/html")),
    )),
    extensions(("x-without-store" = json!(true))),
)]
pub(crate) async fn show(headers: HeaderMap) -> Response {
    let accept = headers.get(header::ACCEPT);
    let wants_page = accept
        .and_then(|accept| accept.to_str().ok())
        .is_some_and(|accept| accept.contains("text/html"));
    if !wants_page {
        let answer = Answer::of(Nothing {});
        return answer
            .message("send the token by POST as {\"token\": …} to verify the address")
            .into_response();
    }
    let headers = [
        (
            header::CONTENT_TYPE,
            HeaderValue::from_static("text/html; charset=utf-8"),
        ),
        (
            header::CONTENT_SECURITY_POLICY,
            HeaderValue::from_static(POLICY),
        ),
    ];
    (headers, PAGE).into_response()
}

#[cfg(test)]
mod tests {
    use base64::{Engine, engine::general_purpose::STANDARD};
    use sha2::{Digest, Sha256};

    use super::*;

    #[test]
    fn the_policy_names_the_script() {
        let (_, rest) = PAGE.split_once("<script>").unwrap();
        let (script, _) = rest.split_once("</script>").unwrap();
        let hash = STANDARD.encode(Sha256::digest(script.as_bytes()));
        assert!(POLICY.contains(&format!("'sha256-{hash}'")), "{hash}");
    }
}
