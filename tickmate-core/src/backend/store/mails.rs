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
    /// Inserts a mail unless there is one of this key, and answers the one that is stored then.
    async fn put_mail(&self, mail: &Mail) -> Result<Mail, StoreError>;

    /// One mail.
    async fn mail(&self, key: &MailKey) -> Result<Option<Mail>, StoreError>;

    /// Writes what became of a mail. One whose status is final keeps it, and the answer is `false`.
    async fn update_mail(&self, update: &MailUpdate) -> Result<bool, StoreError>;

    /// How many mails to this address were rendered at this moment or later, suppressed ones not counted.
    async fn count_mails(&self, to: &Email, since: Timestamp) -> Result<u64, StoreError>;

    /// The mails of a ticket to this address that were rendered so far and not suppressed, oldest first.
    async fn thread(&self, ticket: TicketId, to: &Email) -> Result<Vec<MailKey>, StoreError>;

    /// Returns a page of the mails of one status, the newest first: those after this place in the list
    /// ([`MailPlace`]), or from the first one on.
    async fn mails(
        &self,
        status: MailStatus,
        after: Option<MailPlace>,
        limit: u32,
    ) -> Result<Page<Mail>, StoreError>;
}
