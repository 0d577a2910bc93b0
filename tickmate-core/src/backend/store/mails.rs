//! Mails: one row for each event, kind and recipient.

use std::collections::BTreeMap;

use async_trait::async_trait;
#[cfg(any(feature = "mock", feature = "testing"))]
use macro_rules_attr::extend;

use super::StoreError;
#[cfg(any(feature = "mock", feature = "testing"))]
use crate::backend::delegation::delegable;
use crate::domain::{
    delivery::DeliveryReport,
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
    /// The new status.
    pub status: MailStatus,
    /// When the first try began that ended without an answer.
    pub unanswered_since: Option<Timestamp>,
    /// The provider's reference; without one, that of an earlier sending stays.
    pub reference: Option<String>,
    /// Why the mail has this status.
    pub reason: Option<String>,
    /// When.
    pub at: Timestamp,
}

/// A wish to send a mail again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MailRequeue {
    /// Which mail.
    pub key: MailKey,
    /// How often an admin had it sent again by then, from 1.
    pub retry: u32,
    /// When.
    pub at: Timestamp,
}

/// Which mails a list holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct MailQuery {
    /// Only those of this status.
    pub status: Option<MailStatus>,
    /// Only those whose status last changed at this moment or later.
    pub from: Option<Timestamp>,
    /// Only those whose status last changed before this moment.
    pub to: Option<Timestamp>,
    /// Only those after this place in the list.
    pub after: Option<MailPlace>,
}

impl MailQuery {
    /// Makes a query for all mails of a status.
    pub fn of_status(status: MailStatus) -> Self {
        Self {
            status: Some(status),
            ..Self::default()
        }
    }
}

/// Mails.
#[cfg_attr(any(feature = "mock", feature = "testing"), extend(delegable))]
#[cfg_attr(feature = "mock", mockall::automock)]
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

    /// Returns the mail with this reference of the provider. Of several, the one that was rendered last; of those
    /// rendered at one moment any.
    ///
    /// A **read**.
    async fn mail_by_reference(&self, reference: &str) -> Result<Option<Mail>, StoreError>;

    /// Writes the status of a mail. A mail whose status is final keeps it, and the result is `false`.
    ///
    /// A **change**.
    async fn update_mail(&self, update: &MailUpdate) -> Result<bool, StoreError>;

    /// Queues a mail again, unanswered tries included, if it [can be retried](MailStatus::can_be_retried) and was retried
    /// less than [`MailRequeue::retry`] times. Its reason and its delivery are forgotten. Returns whether it was queued.
    ///
    /// A **change**. A second call with the same retry changes nothing.
    async fn requeue_mail(&self, requeue: &MailRequeue) -> Result<bool, StoreError>;

    /// Writes a report about the delivery of a mail if it [replaces](crate::domain::delivery::Delivery::replaces) the one
    /// that is stored, whatever the status of the mail. Returns whether it did.
    ///
    /// A **change**.
    async fn report_delivery(
        &self,
        key: &MailKey,
        report: &DeliveryReport,
    ) -> Result<bool, StoreError>;

    /// Counts the mails of each status that there are mails of. Costs no more for many mails than for few.
    ///
    /// A **read**.
    async fn mail_counts(&self) -> Result<BTreeMap<MailStatus, u64>, StoreError>;

    /// Counts the mails to this address that were rendered at this moment or later, without suppressed ones.
    ///
    /// A **read**.
    async fn count_mails(&self, to: &Email, since: Timestamp) -> Result<u64, StoreError>;

    /// Returns the keys of the mails of a ticket to this address that were rendered and not suppressed, oldest first.
    ///
    /// A **read**.
    async fn thread(&self, ticket: TicketId, to: &Email) -> Result<Vec<MailKey>, StoreError>;

    /// Returns a page of mails, the last change of a status first ([`MailPlace`]).
    ///
    /// A **read**.
    async fn mails(&self, query: &MailQuery, limit: u32) -> Result<Page<Mail>, StoreError>;
}
