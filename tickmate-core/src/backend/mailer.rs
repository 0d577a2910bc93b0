//! Who takes mails. An adapter hands a rendered mail over, once, and says what it knows of its fate.

use async_trait::async_trait;

use super::BoxError;
use crate::domain::{email::Email, mail::MailKey, time::Timestamp};

/// A mail to hand over, complete and the same at every try.
#[derive(Clone, PartialEq, Eq)]
pub struct OutgoingMail {
    /// What it is known by. Adapters with keys of their own derive theirs from it.
    pub key: MailKey,
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

/// What an adapter says of a mail that was accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// How the provider calls it.
    pub reference: Option<String>,
    /// Whether handing the same mail over again would have reached the recipient once all the same.
    pub repeats: Repeats,
}

/// What handing a mail over twice comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Repeats {
    /// One mail: the provider knows its key.
    Harmless,
    /// Perhaps two mails.
    Visible,
}

/// Why a mail was not accepted.
#[derive(Debug, thiserror::Error)]
pub enum MailError {
    /// It was not accepted now, and may be later.
    #[error("the mail was not accepted now")]
    Transient(#[source] BoxError),
    /// Nobody knows whether it was accepted.
    #[error("it is not known whether the mail was accepted")]
    Unanswered(#[source] BoxError),
    /// It is refused for good: the address, the content or the settings are wrong.
    #[error("the mail was refused")]
    Refused(#[source] BoxError),
}

impl MailError {
    /// Whether the same mail may be accepted later.
    pub const fn is_transient(&self) -> bool {
        matches!(self, Self::Transient(_) | Self::Unanswered(_))
    }
}

/// Takes mails.
#[async_trait]
pub trait Mailer: Send + Sync {
    /// Hands a mail over. The answer comes when the other side has taken responsibility for it.
    async fn send(&self, mail: &OutgoingMail) -> Result<Receipt, MailError>;
}
