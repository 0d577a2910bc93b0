//! Who takes mails. An adapter hands a rendered mail over, once, and says what it knows of its fate.

use std::{collections::HashSet, time::Duration};

use async_trait::async_trait;

use super::BoxError;
use crate::domain::{
    email::Email,
    mail::MailKey,
    time::{Span, Timestamp},
};

/// A mail to hand over, complete and the same at every try.
#[derive(Clone, PartialEq, Eq)]
pub struct OutgoingMail {
    /// What it is known by. Adapters with keys of their own derive theirs from it.
    pub key: MailKey,
    /// How often an admin had it sent again. A key at the provider is made of this as well, since a provider that knows
    /// the key sends nothing.
    pub retry: u32,
    /// Who it comes from.
    pub from: Mailbox,
    /// Who it goes to.
    pub to: Mailbox,
    /// The subject, on one line.
    pub subject: String,
    /// The text part, with everything filled in.
    pub text: String,
    /// The HTML part, with everything filled in.
    pub html: String,
    /// Its `Message-ID`, without angle brackets.
    pub message_id: String,
    /// The ids of the mails before it in its thread, oldest first, without angle brackets.
    pub references: Vec<String>,
    /// When it was rendered: its `Date`.
    pub date: Timestamp,
    /// Where replies go, if not to the sender.
    pub reply_to: Option<Mailbox>,
    /// A URL that ends such mails to the recipient: `List-Unsubscribe`, with one-click (RFC 8058) where it is HTTPS.
    pub list_unsubscribe: Option<String>,
    /// Further headers as names and values. See [`check_headers`](Self::check_headers) for what they may hold.
    pub headers: Vec<(String, String)>,
}

/// The most characters of a URL or of the value of a further header.
const MAX_HEADER: usize = 900;

/// Headers that a mail has of its own, in lower case; none of the further headers may be one of them.
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

/// A header that a mail may not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidHeader {
    /// The name is not 1 to 70 ASCII letters, digits and hyphens.
    #[error("the name of a header must be 1 to 70 ASCII letters, digits and hyphens")]
    Name,
    /// The name is one that mails have of their own, or stands twice.
    #[error("a further header must not repeat a header of the mail")]
    Repeated,
    /// The value holds control characters or is too long.
    #[error("the value of a header must be one line of at most 900 characters")]
    Value,
    /// The URL is no URL of the schemes `https`, `http` and `mailto`.
    #[error(
        "List-Unsubscribe must be an https, http or mailto URL of at most 900 ASCII characters"
    )]
    Unsubscribe,
}

impl OutgoingMail {
    /// Checks what the host adds to a mail, so that no value can add a header or a recipient. Adapters call it before
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

/// The line breaks of Unicode that are no control characters.
const fn is_line_break(c: char) -> bool {
    matches!(c, '\u{2028}' | '\u{2029}')
}

fn is_header_url(url: &str) -> bool {
    let known = ["https://", "http://", "mailto:"];
    let rest = known.iter().find_map(|scheme| url.strip_prefix(scheme));
    let plain = |b: u8| b.is_ascii_graphic() && !b"<>,\"\\".contains(&b);
    url.len() <= MAX_HEADER && rest.is_some_and(|rest| !rest.is_empty()) && url.bytes().all(plain)
}

/// A name and an address. The name is free of control characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mailbox {
    /// The name; may be empty.
    pub name: String,
    /// The address.
    pub email: Email,
}

/// Shows neither texts nor links, which may hold tokens.
impl std::fmt::Debug for OutgoingMail {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OutgoingMail")
            .field("key", &self.key)
            .field("to", &self.to)
            .finish_non_exhaustive()
    }
}

/// What an adapter knows of a mail that was accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// The provider's name of the mail, by which its later reports are about this mail.
    pub reference: Option<String>,
    /// What sending the same mail twice comes to.
    pub repeats: Repeats,
}

/// What sending a mail twice comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Repeats {
    /// One mail: the provider knows its key.
    Harmless,
    /// One mail if the second try comes within this time of the first, since the provider knows its key for so long.
    /// Perhaps two mails after that.
    HarmlessFor(Duration),
    /// Perhaps two mails.
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
        /// How long the caller waits at least, where the provider limits how much it accepts. The desk sends no mail at
        /// all for this time, and the failure does not count as one of the few tries that a mail has. Adapters leave it
        /// out where the limit is the recipient's.
        retry_after: Option<Duration>,
        /// What the provider said.
        #[source]
        source: BoxError,
    },
    /// It is unknown whether the provider accepted the mail.
    #[error("it is not known whether the mail was accepted")]
    Unanswered(#[source] BoxError),
    /// The provider failed before a recipient was named: it can't be reached, refuses the login or the sender, or
    /// demands encryption. That says nothing about the mail. Every mail fails alike until the settings or the provider
    /// are repaired, so that the desk retries for as long as it takes.
    #[error("the mail provider can't be used with these settings")]
    Settings(#[source] BoxError),
    /// The provider refused the mail for good, because of its recipient or its content.
    #[error("the mail was refused")]
    Refused(#[source] BoxError),
}

impl MailError {
    /// Makes a [`MailError::Transient`] that leaves the delay to the caller.
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

    /// Returns how long the caller waits at least before it sends the mail again, if the provider limits how much it
    /// accepts.
    pub const fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Transient { retry_after, .. } => *retry_after,
            Self::Unanswered(_) | Self::Settings(_) | Self::Refused(_) => None,
        }
    }
}

/// Takes mails.
#[cfg_attr(feature = "mock", mockall::automock)]
#[async_trait]
pub trait Mailer: Send + Sync {
    /// Hands a mail over. The answer comes when the other side has taken responsibility for it.
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
    fn no_further_header_can_add_another() {
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
    fn only_urls_unsubscribe() {
        for (url, is_taken) in [
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
            assert_eq!(checked.is_ok(), is_taken, "{url}");
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
