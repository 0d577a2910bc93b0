//! Who takes mails. An adapter hands a rendered mail over, once, and says what it knows of its fate.

use std::time::Duration;

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
    /// The provider did not accept the mail, and may accept it later.
    #[error("the mail was not accepted now")]
    Transient {
        /// How long the caller waits at least, where the provider limits how much it accepts. Such a failure does not
        /// count as one of the few tries that a mail has.
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
#[async_trait]
pub trait Mailer: Send + Sync {
    /// Hands a mail over. The answer comes when the other side has taken responsibility for it.
    async fn send(&self, mail: &OutgoingMail) -> Result<Receipt, MailError>;
}
