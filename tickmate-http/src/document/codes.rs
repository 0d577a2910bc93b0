//! The `code` of every error, with its status and its meaning.

/// The status and the meaning of a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Code {
    /// The name on the wire.
    pub(crate) name: &'static str,
    /// The status of the answer.
    pub(crate) status: u16,
    /// What it means, for readers of the document.
    pub(crate) meaning: &'static str,
}

const fn code(name: &'static str, status: u16, meaning: &'static str) -> Code {
    Code {
        name,
        status,
        meaning,
    }
}

/// Every code of the API, by status.
pub(crate) const CODES: &[Code] = &[
    code(
        "malformed_json",
        400,
        "the body is no JSON, or has a key twice",
    ),
    code("malformed_header", 400, "a header can't be read"),
    code("invalid_token", 400, "the token is wrong, used or expired"),
    code("unauthenticated", 401, "no valid credential was sent"),
    code(
        "wrong_credentials",
        401,
        "the address or the password is wrong",
    ),
    code(
        "email_not_verified",
        403,
        "the e-mail address must be verified first",
    ),
    code(
        "forbidden",
        403,
        "the role or the relation to the ticket does not allow it",
    ),
    code(
        "cross_site",
        403,
        "a write by cookie came from another origin",
    ),
    code(
        "identity_refused",
        403,
        "the desk can't take the user that the host names",
    ),
    code(
        "not_found",
        404,
        "there is no such object, or it may not be seen",
    ),
    code(
        "method_not_allowed",
        405,
        "the path does not take this method",
    ),
    code(
        "already_assigned",
        409,
        "another member of staff has the ticket",
    ),
    code(
        "bad_transition",
        409,
        "the ticket's status does not lead to that one",
    ),
    code(
        "capacity_full",
        409,
        "the assignee has no room for another ticket",
    ),
    code(
        "email_taken",
        409,
        "the e-mail address belongs to another user",
    ),
    code("last_admin", 409, "the desk needs an active admin"),
    code("mail_sent", 409, "the mail was sent already"),
    code("not_assigned", 409, "nobody has the ticket"),
    code("not_open", 409, "the ticket is resolved or closed"),
    code("not_read", 409, "the ticket has no analysis yet"),
    code("person_gone", 409, "the assignee can't be given tickets"),
    code(
        "taken",
        409,
        "a value that must be unique belongs to another object",
    ),
    code("ticket_closed", 409, "a closed ticket takes no replies"),
    code(
        "username_taken",
        409,
        "the username belongs to another user",
    ),
    code(
        "stale_version",
        412,
        "a person changed one of the same fields since that version",
    ),
    code("body_too_large", 413, "the body is too large"),
    code(
        "record_full",
        413,
        "the object has reached its largest size",
    ),
    code(
        "unsupported_media_type",
        415,
        "the body is not sent as application/json",
    ),
    code(
        "validation_failed",
        422,
        "fields are missing, unknown or have wrong values",
    ),
    code(
        "idempotency_key_reused",
        422,
        "the key was used for another request",
    ),
    code("too_many_tries", 429, "the limit is reached"),
    code("internal", 500, "the server failed"),
    code(
        "unavailable",
        503,
        "the store or another service can't be reached",
    ),
    code("overloaded", 503, "more is waiting than the desk takes"),
    code("storage_full", 503, "the store has no space left"),
];

/// Returns the code with this name.
pub(crate) fn find_code(name: &str) -> Option<Code> {
    CODES.iter().copied().find(|code| code.name == name)
}
