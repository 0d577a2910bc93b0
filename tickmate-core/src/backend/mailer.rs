//! The seam to the mail provider. An adapter hands a rendered mail over once and reports what is known about the result.

use std::{collections::HashSet, time::Duration};

use async_trait::async_trait;

use super::BoxError;
use crate::domain::{
    email::Email,
    mail::MailKey,
    time::{Span, Timestamp},
};

/// A mail to hand over: complete, and the same at every try.
#[derive(Clone, PartialEq, Eq)]
pub struct OutgoingMail {
    /// The key of the mail. Adapters derive the provider's idempotency key from it.
    pub key: MailKey,
    /// How often an admin had it sent again. An idempotency key contains this number as well: a provider that knows the
    /// key sends nothing.
    pub retry: u32,
    /// The sender.
    pub from: Mailbox,
    /// The recipient.
    pub to: Mailbox,
    /// The subject, on one line.
    pub subject: String,
    /// The text part, completely rendered.
    pub text: String,
    /// The HTML part, completely rendered.
    pub html: String,
    /// The `Message-ID`, without angle brackets.
    pub message_id: String,
    /// The ids of the mails before it in its thread, oldest first, without angle brackets.
    pub references: Vec<String>,
    /// When the mail was rendered: its `Date`.
    pub date: Timestamp,
    /// The address for replies, if it is not the sender's.
    pub reply_to: Option<Mailbox>,
    /// A URL by which the recipient unsubscribes: `List-Unsubscribe`, with one-click (RFC 8058) if it is HTTPS.
    pub list_unsubscribe: Option<String>,
    /// Further headers as names and values. See [`check_headers`](Self::check_headers) for what is allowed.
    pub headers: Vec<(String, String)>,
}

/// The most characters of a URL or of the value of a further header.
const MAX_HEADER: usize = 900;

/// The headers that the adapter sets, in lower case; a further header must not be one of them.
const OWN_HEADERS: [&str; 20] = [
    "auto-submitted",
    "bcc",
    "cc",
    "content-transfer-encoding",
    "content-type",
    "date",
    "dkim-signature",
    "from",
    "in-reply-to",
    "list-unsubscribe",
    "list-unsubscribe-post",
    "message-id",
    "mime-version",
    "references",
    "reply-to",
    "return-path",
    "sender",
    "subject",
    "to",
    "x-auto-response-suppress",
];

/// Why a header is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidHeader {
    /// The name is not 1 to 70 ASCII letters, digits and hyphens.
    #[error("the name of a header must be 1 to 70 ASCII letters, digits and hyphens")]
    Name,
    /// The name is one of the adapter's own headers, or occurs twice.
    #[error("a further header must not repeat a header of the mail")]
    Repeated,
    /// The value contains control characters or is too long.
    #[error("the value of a header must be one line of at most 900 characters")]
    Value,
    /// The URL has another scheme than `https`, `http` and `mailto`.
    #[error(
        "List-Unsubscribe must be an https, http or mailto URL of at most 900 ASCII characters"
    )]
    Unsubscribe,
}

impl OutgoingMail {
    /// Checks the headers that the host adds to a mail, so that no value can add a header or a recipient. Adapters call it before
    /// they build the message.
    ///
    /// # Errors
    /// The first rule that a header breaks.
    pub fn check_headers(&self) -> Result<(), InvalidHeader> {
        let mut names = HashSet::new();
        for (name, value) in &self.headers {
            let is_token = (1..=70).contains(&name.len())
                && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
            if !is_token {
                return Err(InvalidHeader::Name);
            }
            let name = name.to_ascii_lowercase();
            if OWN_HEADERS.contains(&name.as_str()) || !names.insert(name) {
                return Err(InvalidHeader::Repeated);
            }
            let is_line = !value.chars().any(|c| c.is_control() || is_line_break(c));
            if !is_line || value.chars().count() > MAX_HEADER {
                return Err(InvalidHeader::Value);
            }
        }
        match &self.list_unsubscribe {
            Some(url) if !is_header_url(url) => Err(InvalidHeader::Unsubscribe),
            Some(_) | None => Ok(()),
        }
    }
}

/// Returns whether this is a Unicode line break that is not a control character.
const fn is_line_break(c: char) -> bool {
    matches!(c, '\u{2028}' | '\u{2029}')
}

fn is_header_url(url: &str) -> bool {
    let schemes = ["https://", "http://", "mailto:"];
    let rest = schemes.iter().find_map(|scheme| url.strip_prefix(scheme));
    let is_plain = |b: u8| b.is_ascii_graphic() && !b"<>,\"\\".contains(&b);
    url.len() <= MAX_HEADER
        && rest.is_some_and(|rest| !rest.is_empty())
        && url.bytes().all(is_plain)
}

/// A name and an address. The name contains no control characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mailbox {
    /// The name; may be empty.
    pub name: String,
    /// The address.
    pub email: Email,
}

/// Omits texts and links, which may contain tokens.
impl std::fmt::Debug for OutgoingMail {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OutgoingMail")
            .field("key", &self.key)
            .field("to", &self.to)
            .finish_non_exhaustive()
    }
}

/// What an adapter knows about a mail that was accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// The provider's id of the mail, by which its later reports refer to it.
    pub reference: Option<String>,
    /// What happens if the same mail is sent twice.
    pub repeats: Repeats,
}

/// What happens if the same mail is sent twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Repeats {
    /// One mail arrives: the provider knows its key.
    Harmless,
    /// One mail arrives if the second try comes within this time after the first, because the provider remembers its key
    /// for so long. Later, two mails may arrive.
    HarmlessFor(Duration),
    /// Two mails may arrive.
    Visible,
}

impl Repeats {
    /// Returns whether a try that was accepted this long after the first unanswered one may have made a second mail.
    pub fn may_be_second(self, since_first_try: Span) -> bool {
        match self {
            Self::Harmless => false,
            Self::HarmlessFor(known_for) => {
                Span::from_std(known_for).is_ok_and(|known_for| since_first_try >= known_for)
            }
            Self::Visible => true,
        }
    }
}

/// Why a mail was not accepted.
#[derive(Debug, thiserror::Error)]
pub enum MailError {
    /// The provider did not accept the mail, and may accept it later.
    #[error("the mail was not accepted now")]
    Transient {
        /// The least time to wait, if the provider limits how many mails it accepts. The desk sends no mail at all for this
        /// time, and the failure does not count as one of the few tries of a mail. Adapters omit it if the limit is the
        /// recipient's.
        retry_after: Option<Duration>,
        /// The error of the adapter.
        #[source]
        source: BoxError,
    },
    /// It is unknown whether the provider accepted the mail.
    #[error("it is not known whether the mail was accepted")]
    Unanswered(#[source] BoxError),
    /// The provider failed before the adapter named a recipient: it can't be reached, refuses the login or the sender, or
    /// requires encryption. That says nothing about the mail. Every mail fails in the same way until the settings or the
    /// provider are repaired, so the desk retries without a limit.
    #[error("the mail provider can't be used with these settings")]
    Settings(#[source] BoxError),
    /// The provider refused the mail for good, because of its recipient or its content.
    #[error("the mail was refused")]
    Refused(#[source] BoxError),
}

impl MailError {
    /// Makes a [`MailError::Transient`] without a delay: the caller chooses it.
    pub fn transient(source: impl Into<BoxError>) -> Self {
        Self::Transient {
            retry_after: None,
            source: source.into(),
        }
    }

    /// Returns whether the same mail may be accepted later.
    pub const fn is_transient(&self) -> bool {
        !matches!(self, Self::Refused(_))
    }

    /// Returns the least time to wait before the mail is sent again, if the provider limits how much it
    /// accepts.
    pub const fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Transient { retry_after, .. } => *retry_after,
            Self::Unanswered(_) | Self::Settings(_) | Self::Refused(_) => None,
        }
    }
}

/// Hands mails over to a provider.
#[cfg_attr(feature = "mock", mockall::automock)]
#[async_trait]
pub trait Mailer: Send + Sync {
    /// Hands a mail over. Returns when the provider has taken responsibility for it.
    async fn send(&self, mail: &OutgoingMail) -> Result<Receipt, MailError>;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        id::{EventId, UserId},
        mail::MailKind,
        time::from_micros,
    };

    fn mail(headers: &[(&str, &str)], list_unsubscribe: Option<&str>) -> OutgoingMail {
        let date = from_micros(0);
        let mailbox = Mailbox {
            name: String::new(),
            email: Email::nobody(),
        };
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        OutgoingMail {
            key: MailKey {
                event: EventId::new(date, [0; 10]),
                kind: MailKind::Reply,
                to: UserId::new(date, [0; 10]),
            },
            retry: 0,
            from: mailbox.clone(),
            to: mailbox,
            subject: String::new(),
            text: String::new(),
            html: String::new(),
            message_id: String::new(),
            references: Vec::new(),
            date,
            reply_to: None,
            list_unsubscribe: list_unsubscribe.map(str::to_owned),
            headers: headers.iter().map(owned).collect(),
        }
    }

    #[test]
    fn further_headers_cannot_inject_headers() {
        let long = "x".repeat(901);
        for (headers, checked) in [
            (vec![("X-Desk", "a: b, ü"), ("X-Other", "")], Ok(())),
            (vec![("", "a")], Err(InvalidHeader::Name)),
            (vec![("X Desk", "a")], Err(InvalidHeader::Name)),
            (vec![("X:Desk", "a")], Err(InvalidHeader::Name)),
            (vec![("X-D\u{e9}sk", "a")], Err(InvalidHeader::Name)),
            (vec![("X\r\nBcc", "a")], Err(InvalidHeader::Name)),
            (vec![(&long[..71], "a")], Err(InvalidHeader::Name)),
            (vec![("bCC", "a@b.c")], Err(InvalidHeader::Repeated)),
            (vec![("Content-Type", "a")], Err(InvalidHeader::Repeated)),
            (
                vec![("X-Desk", "a"), ("x-desk", "a")],
                Err(InvalidHeader::Repeated),
            ),
            (
                vec![("X-Desk", "a\r\nBcc: b@c.d")],
                Err(InvalidHeader::Value),
            ),
            (vec![("X-Desk", "a\nb")], Err(InvalidHeader::Value)),
            (vec![("X-Desk", "a\0")], Err(InvalidHeader::Value)),
            (vec![("X-Desk", "a\u{2028}b")], Err(InvalidHeader::Value)),
            (vec![("X-Desk", &long)], Err(InvalidHeader::Value)),
        ] {
            assert_eq!(mail(&headers, None).check_headers(), checked, "{headers:?}");
        }
    }

    #[test]
    fn only_valid_urls_are_accepted_as_unsubscribe_links() {
        for (url, is_accepted) in [
            ("https://desk.example.org/u?t=a&b=%20", true),
            ("http://localhost/u", true),
            ("mailto:leave@example.org", true),
            ("", false),
            ("https://", false),
            ("ftp://example.org", false),
            ("javascript:alert(1)", false),
            ("https://example.org/ a", false),
            ("https://example.org/>,<mailto:a@b.c", false),
            ("https://example.org\r\nBcc: a@b.c", false),
            ("https://example.org/ü", false),
        ] {
            let checked = mail(&[], Some(url)).check_headers();
            assert_eq!(checked.is_ok(), is_accepted, "{url}");
        }
    }

    #[test]
    fn a_repeat_is_harmless_while_the_provider_knows_the_key() {
        let day = Repeats::HarmlessFor(Duration::from_secs(24 * 60 * 60));
        for (repeats, since_first_try, may_be_second) in [
            (Repeats::Harmless, Span::days(400), false),
            (Repeats::Visible, Span::zero(), true),
            (day, Span::zero(), false),
            (day, Span::hours(24) - Span::microseconds(1), false),
            (day, Span::hours(24), true),
            (Repeats::HarmlessFor(Duration::MAX), Span::days(400), false),
        ] {
            assert_eq!(repeats.may_be_second(since_first_try), may_be_second);
        }
    }
}
