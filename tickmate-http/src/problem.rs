//! The single place that makes error responses: status, stable code, and format (RFC 9457).

use std::{borrow::Cow, error::Error, sync::Arc};

use axum::{
    body::Body,
    response::{IntoResponse, Response},
};
use http::{HeaderValue, StatusCode, header};
use serde::Serialize;
use tickmate_core::{
    backend::{queue::QueueError, store::StoreError},
    desk::DeskError,
    domain::{
        text::{FieldError, one_line},
        time::Span,
    },
};

use crate::IdentifyError;

/// An error response in the format of RFC 9457, with a stable code.
///
/// [`OuterLayer`](crate::OuterLayer) gives it its body, which names the request, and logs its cause. Each error of the
/// desk converts into the response that the API gives for it.
///
/// ```
/// use http::StatusCode;
/// use tickmate_http::Problem;
///
/// let problem = Problem::new(StatusCode::CONFLICT, "already_shipped", "the order is on its way");
/// ```
#[derive(Debug, Clone)]
pub struct Problem {
    status: StatusCode,
    code: &'static str,
    detail: Cow<'static, str>,
    errors: Vec<FieldError>,
    retry_after: Option<i64>,
    cause: Option<Arc<dyn Error + Send + Sync>>,
}

/// The maximum number of fields that one response names.
const MAX_ERRORS: usize = 50;
/// The value of `Retry-After` in seconds for overloaded, unavailable and full resources.
const AFTER_OVERLOAD: i64 = 1;
const AFTER_OUTAGE: i64 = 2;
const AFTER_FULL_STORAGE: i64 = 30;

impl Problem {
    /// Makes an error of this status, with a code for programs and a sentence for people.
    pub fn new(
        status: StatusCode,
        code: &'static str,
        detail: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self {
            status,
            code,
            detail: detail.into(),
            errors: Vec::new(),
            retry_after: None,
            cause: None,
        }
    }

    pub(crate) fn malformed_json(detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "malformed_json", detail)
    }

    pub(crate) fn malformed_header(detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "malformed_header", detail)
    }

    pub(crate) fn unsupported_media_type() -> Self {
        Self::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "unsupported_media_type",
            "the body must be sent as application/json",
        )
    }

    pub(crate) fn encoded_body() -> Self {
        Self::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "unsupported_media_type",
            "the body must be sent without a content encoding",
        )
    }

    pub(crate) fn too_large() -> Self {
        Self::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "body_too_large",
            "the body is too large",
        )
    }

    pub(crate) fn method_not_allowed() -> Self {
        Self::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "method_not_allowed",
            "this path does not take this method",
        )
    }

    pub(crate) fn cross_site() -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            "cross_site",
            "a write by cookie must come from the same origin",
        )
    }

    /// Makes the error for a user that the host identified, but whom the desk rejects.
    pub(crate) fn identity_refused(detail: String) -> Self {
        Self::new(StatusCode::FORBIDDEN, "identity_refused", detail)
    }

    /// Makes the error for a handler that panicked. The process has logged the panic itself.
    pub(crate) fn internal() -> Self {
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal",
            "something went wrong here",
        )
    }

    pub(crate) fn not_ready() -> Self {
        Self::outage("unavailable", AFTER_OUTAGE)
    }

    /// Sets after how many seconds the client may repeat the request.
    pub(crate) const fn retry_after(mut self, seconds: i64) -> Self {
        self.retry_after = Some(seconds);
        self
    }

    pub(crate) const fn status(&self) -> StatusCode {
        self.status
    }

    pub(crate) const fn code(&self) -> &'static str {
        self.code
    }

    pub(crate) fn is_unauthenticated(&self) -> bool {
        self.status == StatusCode::UNAUTHORIZED
    }

    fn outage(code: &'static str, retry_after: i64) -> Self {
        let detail = "this can't be done at the moment; try again later";
        let mut problem = Self::new(StatusCode::SERVICE_UNAVAILABLE, code, detail);
        problem.retry_after = Some(retry_after);
        problem
    }

    /// Adds the error that caused this one. It is logged, and never shown to the client.
    #[must_use]
    pub fn caused_by(mut self, cause: impl Error + Send + Sync + 'static) -> Self {
        self.cause = Some(Arc::new(cause));
        self
    }

    /// Adds the code to the log entry of a request, and the cause with its sources if the server failed.
    pub(crate) fn log(&self, request_id: &str) {
        let Some(cause) = &self.cause else { return };
        let mut chain = cause.to_string();
        let mut source = cause.source();
        while let Some(error) = source {
            chain.push_str(": ");
            chain.push_str(&error.to_string());
            source = error.source();
        }
        match self.status {
            StatusCode::SERVICE_UNAVAILABLE => {
                tracing::warn!(request_id, code = self.code, error = %chain, "a request could not be served");
            }
            _ => {
                tracing::error!(request_id, code = self.code, error = %chain, "a request failed");
            }
        }
    }

    /// Makes the response for the client.
    pub(crate) fn render(&self, response: Response, instance: &str, request_id: &str) -> Response {
        let body = Body::from(self.body(instance, request_id));
        let (mut parts, _) = response.into_parts();
        let headers = &mut parts.headers;
        headers.remove(header::CONTENT_LENGTH);
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json"),
        );
        if self.status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if let Some(seconds) = self.retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        Response::from_parts(parts, body)
    }

    /// Makes the body of the response, as JSON.
    pub(crate) fn body(&self, instance: &str, request_id: &str) -> Vec<u8> {
        #[derive(Serialize)]
        #[serde(rename_all = "camelCase")]
        struct Body<'a> {
            r#type: &'static str,
            title: &'a str,
            status: u16,
            detail: &'a str,
            instance: &'a str,
            code: &'a str,
            request_id: &'a str,
            errors: &'a [FieldError],
            success: bool,
            message: &'a str,
            error: &'a str,
        }
        let body = Body {
            r#type: "about:blank",
            title: self.status.canonical_reason().unwrap_or("Error"),
            status: self.status.as_u16(),
            detail: &self.detail,
            instance,
            code: self.code,
            request_id,
            errors: &self.errors,
            success: false,
            message: &self.detail,
            error: &self.detail,
        };
        // Texts and numbers always serialize.
        serde_json::to_vec(&body).unwrap_or_else(|_| b"{\"success\":false}".to_vec())
    }
}

/// Leaves the body to the outer layer, which has the request's data.
impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        response.extensions_mut().insert(Arc::new(self));
        response
    }
}

impl From<DeskError> for Problem {
    fn from(error: DeskError) -> Self {
        use StatusCode as S;
        let detail = error.to_string();
        match error {
            DeskError::Invalid(errors) => errors.into(),
            DeskError::Unauthenticated => Self::new(S::UNAUTHORIZED, "unauthenticated", detail),
            DeskError::WrongCredentials => Self::new(S::UNAUTHORIZED, "wrong_credentials", detail),
            DeskError::InvalidToken => Self::new(S::BAD_REQUEST, "invalid_token", detail),
            DeskError::EmailNotVerified => Self::new(S::FORBIDDEN, "email_not_verified", detail),
            DeskError::Forbidden(_) => Self::new(S::FORBIDDEN, "forbidden", detail),
            DeskError::NotFound => Self::new(S::NOT_FOUND, "not_found", detail),
            DeskError::Conflict { code, detail } => Self::new(S::CONFLICT, code, detail),
            DeskError::Stale { fields, .. } => Self {
                errors: fields
                    .into_iter()
                    .map(|field| FieldError::new(field, "was changed meanwhile"))
                    .collect(),
                ..Self::new(S::PRECONDITION_FAILED, "stale_version", detail)
            },
            DeskError::KeyReused => {
                Self::new(S::UNPROCESSABLE_ENTITY, "idempotency_key_reused", detail)
            }
            DeskError::Throttled { retry_after } => Self {
                retry_after: Some(whole_seconds(retry_after)),
                ..Self::new(S::TOO_MANY_REQUESTS, "too_many_tries", detail)
            },
            DeskError::Overloaded => Self::outage("overloaded", AFTER_OVERLOAD),
            DeskError::Store(error) => error.into(),
            DeskError::Queue(QueueError::Unavailable(_)) => {
                Self::outage("unavailable", AFTER_OUTAGE).caused_by(error)
            }
            DeskError::Queue(QueueError::Refused { .. }) | DeskError::Internal(_) => {
                Self::internal().caused_by(error)
            }
        }
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::NotFound => DeskError::NotFound.into(),
            StoreError::Overloaded => DeskError::Overloaded.into(),
            StoreError::Taken(_) => Self::new(StatusCode::CONFLICT, "taken", error.to_string()),
            StoreError::Full => Self::new(
                StatusCode::PAYLOAD_TOO_LARGE,
                "record_full",
                error.to_string(),
            ),
            StoreError::Unavailable(_) => {
                Self::outage("unavailable", AFTER_OUTAGE).caused_by(error)
            }
            StoreError::StorageFull(_) => {
                Self::outage("storage_full", AFTER_FULL_STORAGE).caused_by(error)
            }
            StoreError::Corrupt { .. } => Self::internal().caused_by(error),
        }
    }
}

impl From<IdentifyError> for Problem {
    fn from(error: IdentifyError) -> Self {
        match error.is_transient() {
            true => Self::outage("unavailable", AFTER_OUTAGE).caused_by(error),
            false => Self::internal().caused_by(error),
        }
    }
}

impl From<Vec<FieldError>> for Problem {
    fn from(mut errors: Vec<FieldError>) -> Self {
        errors.truncate(MAX_ERRORS);
        for error in &mut errors {
            error.field = one_line(&error.field, 100);
        }
        let summary: Vec<String> = errors
            .iter()
            .take(5)
            .map(|error| format!("{}: {}", error.field, error.message))
            .collect();
        Self {
            errors,
            ..Self::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "validation_failed",
                summary.join("; "),
            )
        }
    }
}

/// Whole seconds, rounded up, at least one.
fn whole_seconds(span: Span) -> i64 {
    let rounded_up = i64::from(span.subsec_nanos() > 0);
    (span.num_seconds() + rounded_up).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_error_has_its_status_and_code() {
        let lost = || "lost".into();
        let table = [
            (DeskError::field("title", "x"), 422, "validation_failed"),
            (DeskError::Unauthenticated, 401, "unauthenticated"),
            (DeskError::WrongCredentials, 401, "wrong_credentials"),
            (DeskError::InvalidToken, 400, "invalid_token"),
            (DeskError::EmailNotVerified, 403, "email_not_verified"),
            (DeskError::Forbidden("no"), 403, "forbidden"),
            (DeskError::NotFound, 404, "not_found"),
            (
                DeskError::Conflict {
                    code: "not_open",
                    detail: "over".to_owned(),
                },
                409,
                "not_open",
            ),
            (
                DeskError::Stale {
                    current: 3,
                    fields: vec!["title"],
                },
                412,
                "stale_version",
            ),
            (DeskError::KeyReused, 422, "idempotency_key_reused"),
            (
                DeskError::Throttled {
                    retry_after: Span::seconds(1),
                },
                429,
                "too_many_tries",
            ),
            (DeskError::Overloaded, 503, "overloaded"),
            (
                DeskError::Store(StoreError::Unavailable(lost())),
                503,
                "unavailable",
            ),
            (
                DeskError::Store(StoreError::StorageFull(lost())),
                503,
                "storage_full",
            ),
            (DeskError::Store(StoreError::Full), 413, "record_full"),
            (
                DeskError::Store(StoreError::Corrupt {
                    what: "a row".to_owned(),
                    source: None,
                }),
                500,
                "internal",
            ),
            (
                DeskError::Queue(QueueError::Unavailable(lost())),
                503,
                "unavailable",
            ),
            (
                DeskError::Queue(QueueError::Refused {
                    what: "a job".to_owned(),
                    source: None,
                }),
                500,
                "internal",
            ),
            (DeskError::Internal("impossible"), 500, "internal"),
        ];
        for (error, status, code) in table {
            let transient = error.is_transient();
            let problem = Problem::from(error);
            assert_eq!((problem.status.as_u16(), problem.code), (status, code));
            assert_eq!(problem.retry_after.is_some(), transient, "{code}");
        }
    }

    #[test]
    fn what_failed_inside_stays_inside() {
        let error = DeskError::Store(StoreError::Corrupt {
            what: "table users".to_owned(),
            source: Some("SQL of the driver".into()),
        });
        let problem = Problem::from(error);
        let body = String::from_utf8(problem.body("/api/tickets", "1-0")).unwrap();
        assert!(!body.contains("users") && !body.contains("SQL"), "{body}");
        assert!(problem.cause.is_some());
    }

    #[test]
    fn seconds_are_rounded_up() {
        for (millis, seconds) in [(0, 1), (1, 1), (1_000, 1), (1_001, 2), (899_999, 900)] {
            assert_eq!(whole_seconds(Span::milliseconds(millis)), seconds);
        }
    }

    #[test]
    fn many_errors_are_cut() {
        let errors = (0..10_000)
            .map(|n| FieldError::new(format!("{n}{}", "x".repeat(500)), "unknown field"))
            .collect::<Vec<_>>();
        let problem = Problem::from(errors);
        assert!(problem.body("/", "1").len() < 20_000);
    }
}
