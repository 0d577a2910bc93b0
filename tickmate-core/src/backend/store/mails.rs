//! Mails: one row for each event, kind and recipient.

use async_trait::async_trait;

use super::StoreError;
use crate::domain::{
    email::Email,
    id::TicketId,
    mail::{Mail, MailKey, MailPlace, MailStatus},
    page::Page,
    time::Timestamp,
};

/// A change of a mail's status.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailUpdate {
    /// Which mail.
    pub key: MailKey,
    /// What became of it.
    pub status: MailStatus,
    /// Whether a try ended without an answer.
    pub unanswered: bool,
    /// Why, or how the provider calls it.
    pub detail: Option<String>,
    /// When.
    pub at: Timestamp,
}

/// Mails.
#[async_trait]
pub trait MailStore: Send + Sync {
    /// Inserts a mail unless there is one with this key, and returns the one that is stored then.
    ///
    /// A **change**.
    async fn put_mail(&self, mail: &Mail) -> Result<Mail, StoreError>;

    /// Returns the mail with this key.
    ///
    /// A **read**.
    async fn mail(&self, key: &MailKey) -> Result<Option<Mail>, StoreError>;

    /// Writes what became of a mail. A mail whose status is final keeps it, and the result is `false`.
    ///
    /// A **change**.
    async fn update_mail(&self, update: &MailUpdate) -> Result<bool, StoreError>;

    /// Counts the mails to this address that were rendered at this moment or later, without suppressed ones.
    ///
    /// A **read**.
    async fn count_mails(&self, to: &Email, since: Timestamp) -> Result<u64, StoreError>;

    /// Returns the keys of the mails of a ticket to this address that were rendered and not suppressed, oldest first.
    ///
    /// A **read**.
    async fn thread(&self, ticket: TicketId, to: &Email) -> Result<Vec<MailKey>, StoreError>;

    /// Returns a page of the mails of one status, the newest first: those after this place in the list
    /// ([`MailPlace`]), or from the first one on.
    ///
    /// A **read**.
    async fn mails(
        &self,
        status: MailStatus,
        after: Option<MailPlace>,
        limit: u32,
    ) -> Result<Page<Mail>, StoreError>;
}
